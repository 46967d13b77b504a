-- A variable, a field, an element or a result changes its type in the middle of a hot loop.
local function run(change, n)
  local v, out = 0, 0
  for i = 1, n do if i == change then v = "5" end out = out + v + 1 end
  return out
end
print(run(50, 100), run(1, 100), run(100, 100), run(1000, 100))
local t = {v = 1}
local s = 0
for i = 1, 100 do if i == 60 then t.v = "10" elseif i == 80 then t.v = 2.5 end s = s + t.v end
print(s)
local a = {}
for i = 1, 100 do a[i] = i end
a[70] = "700"
s = 0
for i = 1, 100 do s = s + a[i] end
print(s)
a[71] = false
local missing = 0
for i = 1, 110 do if not a[i] then missing = missing + 1 end end
print(missing)
local function f(i) if i < 90 then return i end return tostring(i) end
s = 0
for i = 1, 100 do s = s + f(i) end
print(s)
local x = 1
for i = 1, 80 do if i == 40 then x = nil end if x == nil then x = -1000 end x = x + 1 end
print(x)
local acc
for i = 1, 50 do acc = (acc or 0) + i end
print(acc)
local n = 0
for i = 1, 100 do local v if i % 10 == 0 then v = i elseif i % 10 == 5 then v = "s" end if type(v) == "number" then n = n + v elseif v then n = n - 1 end end
print(n)
local k, r = 1, {}
for i = 1, 60 do r[k] = i if i == 30 then k = "name" elseif i < 30 then k = k + 1 end end
print(#r, r.name, r[30])
local mt = setmetatable({}, {__add = function(a, b) return 1000 end})
local m, res = 1, 0
for i = 1, 60 do if i == 45 then m = mt end res = m + i if i > 50 then m = 5 end end
print(res, m)
local i1, bits = 1, 0
while i1 < 1e6 do bits = bits + 1 i1 = i1 * 2 if bits == 10 then i1 = i1 + 0.5 end end
print(bits, i1)
local ok, e = pcall(function() local v = 1 for i = 1, 100 do if i == 77 then v = {} end v = v + 1 end end)
print(ok, e)
--! out: 355	600	105	100
--! out: 311.5
--! out: 5680
--! out: 11
--! out: 5050
--! out: -959
--! out: 1275
--! out: 540
--! out: 30	60	30
--! out: 65	5
--! out: 20	1049088
--! out: false	type_change.lua:45: attempt to perform arithmetic on local 'v' (a table value)
--! jit: min-native-loops 1
