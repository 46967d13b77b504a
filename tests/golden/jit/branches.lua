-- Alternating, rare, correlated and deep branches; and/or values; elseif chains; loop exits by break and return.
local a, b, c, d = 0, 0, 0, 0
for i = 1, 400 do if i % 2 == 0 then a = a + 1 else b = b + 1 end if i % 100 == 99 then c = c + 1 end if i > 200 then d = d + i % 2 end end
print(a, b, c, d)
local kinds = {"add", "sub", "mul", "nop", "neg"}
local acc = 1
for i = 1, 200 do
  local k = kinds[i % 5 + 1]
  if k == "add" then acc = acc + i elseif k == "sub" then acc = acc - i / 2 elseif k == "mul" then acc = acc * 1.01 elseif k == "neg" then acc = -acc else acc = acc end
end
print(string.format("%.6f", acc))
local s = 0
for i = 1, 300 do s = s + (i % 3 == 0 and i or i % 5 == 0 and -i or 1) end
print(s)
local function find(t, v) for i = 1, #t do if t[i] == v then return i end end return -1 end
local arr = {}
for i = 1, 50 do arr[i] = i * i end
local f = 0
for i = 1, 60 do f = f + find(arr, i * i) + find(arr, i) end
print(f)
local n = 0
for i = 1, 50 do local j = 0 while true do j = j + 1 if j > i % 7 then break end n = n + 1 end end
print(n)
local t1, t2 = 0, 0
for i = 1, 200 do local p, q = i % 2 == 0, i % 3 == 0 if p and q then t1 = t1 + 1 elseif p or q then t2 = t2 + 1 end if not p and not q then t1 = t1 + 100 end local r = p == q if r then t2 = t2 + 1000 end end
print(t1, t2)
local fizz = {}
for i = 1, 30 do fizz[i] = i % 15 == 0 and "FizzBuzz" or i % 3 == 0 and "Fizz" or i % 5 == 0 and "Buzz" or i end
print(table.concat(fizz, " "))
local cmp = 0
for i = 1, 100 do if i < 50 then cmp = cmp + 1 end if i <= 50 then cmp = cmp + 1 end if i > 50 then cmp = cmp + 1 end if i >= 50 then cmp = cmp + 1 end if i == 50 then cmp = cmp + 1000 end if i ~= 50 then cmp = cmp + 1 end if not (i < 20) then cmp = cmp + 1 end end
print(cmp)
local state, visits = "a", {a = 0, b = 0, c = 0}
for i = 1, 300 do visits[state] = visits[state] + 1 if state == "a" then state = i % 2 == 0 and "b" or "c" elseif state == "b" then if i % 3 == 0 then state = "a" end else state = "b" end end
print(visits.a, visits.b, visits.c)
local bits = 0
for i = 0, 255 do local v = i while v > 0 do if v % 2 == 1 then bits = bits + 1 v = (v - 1) / 2 else v = v / 2 end end end
print(bits)
--! out: 200	200	4	100
--! out: 150.811751
--! out: 9310
--! out: 1240
--! out: 148
--! out: 6733	100100
--! out: 1 2 Fizz 4 Buzz Fizz 7 8 Fizz Buzz 11 Fizz 13 14 FizzBuzz 16 17 Fizz 19 Buzz Fizz 22 23 Fizz Buzz 26 Fizz 28 29 FizzBuzz
--! out: 1380
--! out: 100	150	50
--! out: 1024
--! jit: min-native-loops 1
