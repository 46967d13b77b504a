-- Library functions that call back, in and around hot loops: sort, gsub, pcall, xpcall, foreach.
local t, x = {}, 7
for i = 1, 80 do x = (x * 137 + 11) % 251 t[i] = x end
local cmp = 0
table.sort(t, function(a, b) cmp = cmp + 1 return a < b end)
local ok = true
for i = 2, #t do ok = ok and t[i - 1] <= t[i] end
print(ok, cmp > 80, t[1], t[80])
local n = 0
for i = 1, 50 do local r = ("a1b2c3"):gsub("%d", function(d) n = n + d return d * 2 end) if i == 50 then print(r) end end
print(n)
local s = 0
for i = 1, 100 do local ok, v = pcall(function(a) s = s + a return a end, i) if not ok or v ~= i then s = -1e9 end end
print(s)
table.foreachi({1, 2, 3}, function(i, v) for k = 1, 50 do s = s + v end end)
print(s)
local words = {}
for w in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = w end
for r = 1, 10 do table.sort(words, function(a, b) if #a ~= #b then return #a < #b end return a < b end) end
print(table.concat(words, " "))
local recs = {}
for i = 1, 30 do recs[i] = {k = (i * 17) % 31, v = i} end
for r = 1, 5 do table.sort(recs, function(a, b) return r % 2 == 0 and a.k < b.k or r % 2 == 1 and a.k > b.k end) end
print(recs[1].k, recs[30].k, recs[1].v)
local sum = 0
for i = 1, 30 do sum = sum + select(2, ("x"):rep(i):gsub("x", "%0%0")) end
print(sum)
local tostr = setmetatable({}, {__tostring = function() n = n + 1 return "T" .. n end})
local last
for i = 1, 40 do last = tostring(tostr) end
print(last)
local caught = 0
for i = 1, 40 do local ok, e = pcall(table.sort, {3, 1, 2}, function(a, b) if i % 2 == 0 then error("cmp", 0) end return a < b end) if not ok then caught = caught + 1 end end
print(caught)
local cc = 0
for i = 1, 40 do table.concat({i, i + 1}, ",") cc = cc + #table.concat({i, "x", i}) end
print(cc)
local env = 0
for i = 1, 20 do local f = loadstring("local a = ... return a * " .. i) env = env + f(i) end
print(env)
local m = {__index = function(t, k) local v = k * k rawset(t, k, v) return v end}
local memo = setmetatable({}, m)
local mm = 0
for r = 1, 3 do for i = 1, 40 do mm = mm + memo[i] end end
print(mm)
--! out: true	true	2	250
--! out: a2b4c6
--! out: 300
--! out: 5050
--! out: 5350
--! out: dog fox the the lazy over brown jumps quick
--! out: 30	1	20
--! out: 465
--! out: T340
--! out: 20
--! out: 182
--! out: 2870
--! out: 66420
--! jit: min-native-loops 1
