-- Generic for in hot code: pairs, ipairs, next, gmatch, closures, stateless functions, modified on the way.
local t = {}
for i = 1, 100 do t[i] = i end
local s = 0
for r = 1, 5 do for i, v in ipairs(t) do s = s + i * v end end
print(s)
local h = {}
for i = 1, 100 do h["k" .. i] = i end
s = 0
for r = 1, 5 do for k, v in pairs(h) do s = s + v + #k end end
print(s)
s = 0
for k, v in pairs(t) do s = s + k - v + 1 end
for k, v in next, t do s = s + 1 end
print(s)
local mixed = {1, 2, 3, x = 4, y = 5, [10.5] = 6, [true] = 7}
s = 0
for r = 1, 20 do for k, v in pairs(mixed) do s = s + v end end
print(s)
local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i end end end
s = 0
for r = 1, 20 do for i in range(r) do s = s + i end end
print(s)
local function step(max, i) if i < max then return i + 1, i * i end end
s = 0
for r = 1, 20 do for i, q in step, r, 0 do s = s + q end end
print(s)
local c = 0
for r = 1, 20 do for w in ("a bb ccc dddd"):gmatch("%a+") do c = c + #w end end
print(c)
for k in pairs(h) do if h[k] % 2 == 0 then h[k] = nil end end
s = 0
for _, v in pairs(h) do s = s + v end
print(s)
for k, v in pairs(t) do t[k] = v * 2 end
s = 0
for _, v in ipairs(t) do s = s + v end
print(s)
local early = 0
for r = 1, 50 do for i, v in ipairs(t) do if v > r then early = early + i break end end end
print(early)
local holes = {1, 2, nil, 4}
s = 0
for r = 1, 30 do for i, v in ipairs(holes) do s = s + v end if r == 15 then holes[3] = 3 end end
print(s)
local nested = 0
for i, a in ipairs{1, 2, 3, 4, 5} do for j, b in pairs{x = 1, y = 2} do for k in range(3) do nested = nested + a * b * k end end end
print(nested)
local proxy = setmetatable({}, {__index = function(_, i) if i <= 50 then return i end end})
s = 0
for i, v in ipairs(proxy) do s = s + v end
print(s)
s = 0
for i = 1, 40 do local k, v = next({a = i}) s = s + v + (next({}) == nil and 1 or 0) end
print(s)
--! out: 1691750
--! out: 26710
--! out: 200
--! out: 560
--! out: 1540
--! out: 13300
--! out: 200
--! out: 2500
--! out: 10100
--! out: 675
--! out: 195
--! out: 270
--! out: 0
--! out: 860
--! jit: min-native-loops 1
