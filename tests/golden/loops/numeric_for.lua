-- Numeric for: limits, steps, fractions, huge values, the variable's independence.
local function run(a, b, c)
  local out = {}
  if c then for i = a, b, c do out[#out + 1] = tostring(i) end else for i = a, b do out[#out + 1] = tostring(i) end end
  print(#out, table.concat(out, " "))
end
run(1, 5) run(1, 0) run(1, 1) run(5, 1) run(-2, 2) run(1.5, 4) run(0.1, 0.5)
run(1, 10, 3) run(10, 1, -3) run(1, 10, -1) run(10, 1, 1) run(0, 1, 0.25) run(1, 0, -0.25) run(0, 1, 0.1)
run(2 ^ 31 - 2, 2 ^ 31 + 1) run(-2 ^ 31 - 1, -2 ^ 31 + 1) run(2 ^ 53 - 2, 2 ^ 53 - 1) run(2147483646, 2147483650, 2)
run("1", "3") run("10", "1", "-4.5")
run(-1, -5, -2) run(1, 3.99) run(3, 1.01, -1) run(0, -0.1, -0.1)
for i = 3, 1, -1 do local i = i * 2 io.write(i, ";") end print()
for i = 1, 3 do i = i * 10 io.write(i, ";") end print()
local n, calls = 3, 0
local function limit() calls = calls + 1 return n end
for i = 1, limit() do n = 10 end
print(calls, n)
local count = 0
for i = 1, 1000 do if i % 2 == 0 then count = count + 1 end if count == 100 then break end end
print(count)
for i = 1, 3 do for i = i, 3 do io.write(i, " ") end end print()
local last
for i = 1, 10 do last = i if i > 6.5 then break end end
print(last)
local i = "outer"
for i = 1, 2 do end
print(i)
local function early() for i = 1, 10 do if i == 4 then return i, "found" end end end
print(early())
local s = 0
for i = 10, 1, -1 do for j = i, 10, 2 do s = s + i * j end end
print(s)
--! out: 5	1 2 3 4 5
--! out: 0	
--! out: 1	1
--! out: 0	
--! out: 5	-2 -1 0 1 2
--! out: 3	1.5 2.5 3.5
--! out: 1	0.1
--! out: 4	1 4 7 10
--! out: 4	10 7 4 1
--! out: 0	
--! out: 0	
--! out: 5	0 0.25 0.5 0.75 1
--! out: 5	1 0.75 0.5 0.25 0
--! out: 11	0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1
--! out: 4	2147483646 2147483647 2147483648 2147483649
--! out: 3	-2147483649 -2147483648 -2147483647
--! out: 2	9.007199254741e+15 9.007199254741e+15
--! out: 3	2147483646 2147483648 2147483650
--! out: 3	1 2 3
--! out: 3	10 5.5 1
--! out: 3	-1 -3 -5
--! out: 3	1 2 3
--! out: 2	3 2
--! out: 2	0 -0.1
--! out: 6;4;2;
--! out: 10;20;30;
--! out: 1	10
--! out: 100
--! out: 1 2 3 2 3 3 
--! out: 7
--! out: outer
--! out: 4	found
--! out: 955
