-- while and repeat: conditions, scope of `until`, nested breaks, loops that never run or run once.
local i = 0
while i < 3 do i = i + 1 io.write(i, " ") end print()
while false do error("never") end
while nil do error("never") end
repeat local x = i i = i - 1 until x <= 1
print(i)
repeat io.write("once ") until true
print()
local n = 0
while true do n = n + 1 if n == 5 then break end end
print(n)
n = 0
repeat n = n + 1 if n == 4 then break end until false
print(n)
local out = {}
for i = 1, 3 do
  local j = 0
  while true do
    j = j + 1
    if j > i then break end
    repeat
      if j == 2 then break end
      out[#out + 1] = i .. j
    until true
  end
end
print(table.concat(out, " "))
local fs = {}
n = 0
repeat
  local k = n
  fs[#fs + 1] = function() return k end
  n = n + 1
until k == 2 or (function() return k > 5 end)()
for _, f in ipairs(fs) do io.write(f(), " ") end print()
local a, b = 1071, 462
while b ~= 0 do a, b = b, a % b end
print(a)
local collatz, steps = 27, 0
while collatz ~= 1 do if collatz % 2 == 0 then collatz = collatz / 2 else collatz = collatz * 3 + 1 end steps = steps + 1 end
print(steps)
local list
for i = 5, 1, -1 do list = {value = i, next = list} end
local node, sum = list, 0
while node do sum = sum * 10 + node.value node = node.next end
print(sum)
local function find(t, v) local i = 1 while t[i] ~= nil do if t[i] == v then return i end i = i + 1 end return nil, "none" end
print(find({3, 1, 4}, 4), find({3, 1, 4}, 9))
local s, m = 0, 1
while m < 1000 do s = s + m m = m * 3 if s > 300 then s = -s break end end
print(s, m)
while not (n > 6) and n ~= nil do n = n + 1 end
print(n)
if n == 7 then elseif n == 8 then else end
if n == 6 then print("six") elseif n == 7 then print("seven") elseif n == 8 then print("eight") else print("other") end
--! out: 1 2 3 
--! out: 0
--! out: once 
--! out: 5
--! out: 4
--! out: 11 21 31 33
--! out: 0 1 2 
--! out: 21
--! out: 111
--! out: 12345
--! out: 3	nil	none
--! out: -364	729
--! out: 7
--! out: seven
