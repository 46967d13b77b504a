-- Upvalues changed by callees, by other closures and by the loop itself, open and closed.
local n = 0
local function inc() n = n + 1 return n end
local s = 0
for i = 1, 200 do s = s + inc() if i % 50 == 0 then n = 0 end end
print(s, n)
local function make() local v = 0 return function(x) v = v + x return v end, function() return v end, function(x) v = x end end
local add, get, set = make()
for i = 1, 200 do add(i) if get() > 1000 then set(0) end end
print(get())
local function outer() local x, y = 0, 1 local function step() x, y = y, (x + y) % 1000 end for i = 1, 150 do step() end return x, y end
print(outer())
local a = {v = 0}
local function replace(i) a = {v = i} end
s = 0
for i = 1, 100 do if i % 10 == 0 then replace(i) end s = s + a.v end
print(s)
local f = function() return 1 end
local function callf() return f() end
s = 0
for i = 1, 100 do if i == 50 then f = function() return 100 end end s = s + callf() end
print(s)
local x = 1
local function typ() if type(x) == "number" then return x end return #x end
s = 0
for i = 1, 100 do if i == 30 then x = "four" elseif i == 60 then x = 2.5 end s = s + typ() end
print(s)
local total = 0
for i = 1, 50 do
  local open = i
  local function bump() open = open + 1 end
  bump() bump()
  total = total + open
  if i == 40 then saved = bump savedget = function() return open end end
end
saved()
print(total, savedget())
local lvl = 0
local function l1() local function l2() local function l3() lvl = lvl + 1 return lvl end return l3() end return l2() end
s = 0
for i = 1, 60 do s = s + l1() end
print(s, lvl)
local acc = {}
for i = 1, 30 do local c = 0 for j = 1, 10 do local function up() c = c + j end up() end acc[#acc + 1] = c end
print(#acc, acc[1], acc[30])
do
  local hot = 0
  local co = coroutine.wrap(function() while true do hot = hot + 10 coroutine.yield() end end)
  for i = 1, 100 do hot = hot + 1 if i % 25 == 0 then co() end end
  print(hot)
end
--! out: 5100	0
--! out: 794
--! out: 200	349
--! out: 4600
--! out: 5149
--! out: 251.5
--! out: 1375	43
--! out: 1830	60
--! out: 30	55	55
--! out: 140
--! jit: min-native-loops 1
