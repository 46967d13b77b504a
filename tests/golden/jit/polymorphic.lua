-- One place, many types: arithmetic on numbers and strings, indexing of different shapes, callee changes.
local vals = {1, "2", 3.5, "4e1", 5}
local s = 0
for r = 1, 20 do for i = 1, #vals do s = s + vals[i] end end
print(s)
local function len(x) if type(x) == "string" then return #x elseif type(x) == "table" then return x.n or #x elseif x == nil then return 0 else return x end end
local things = {"abc", {1, 2}, {n = 7}, 9, false == nil, "x"}
local l = 0
for r = 1, 20 do for i = 1, 6 do local v = things[i] if v ~= false then l = l + len(v) end end end
print(l)
local shapes = {
  {kind = "circle", r = 2}, {w = 2, h = 3, kind = "rect"}, {kind = "square", side = 2}, {h = 5, b = 4, kind = "tri"}, {kind = "none"}}
local area = {circle = function(o) return 3 * o.r * o.r end, rect = function(o) return o.w * o.h end, square = function(o) return o.side ^ 2 end, tri = function(o) return o.b * o.h / 2 end}
local a = 0
for r = 1, 30 do for i = 1, #shapes do local o = shapes[i] local f = area[o.kind] a = a + (f and f(o) or 1) end end
print(a)
local x, log = 0, {}
for i = 1, 60 do
  if i < 20 then x = x + 1 elseif i == 20 then x = tostring(x) elseif i < 40 then x = x + 1 elseif i == 40 then x = {v = x} else x.v = x.v + 1 end
  if i % 15 == 0 then log[#log + 1] = type(x) .. ":" .. tostring(type(x) == "table" and x.v or x) end
end
print(table.concat(log, " "))
local eq = 0
local mixed = {1, "1", true, nil, 1.0, "x", false}
for r = 1, 5 do for i = 1, 7 do for j = 1, 7 do if mixed[i] == mixed[j] then eq = eq + 1 end end end end
print(eq)
local t = setmetatable({}, {__index = function(_, k) return k end})
local arr, str = {10, 20, 30}, "abc"
local z = 0
for i = 1, 90 do local o = i % 3 == 0 and t or i % 3 == 1 and arr or str local v = o[2] z = z + (v or 1) end
print(z)
local truth = 0
for i = 1, 70 do local v = mixed[i % 7 + 1] if v then truth = truth + 1 end if not v then truth = truth + 100 end truth = truth + (v and 0.5 or 0.25) end
print(truth)
--! out: 1030
--! out: 440
--! out: 990
--! out: number:15 number:29 table:43 table:58
--! out: 45
--! out: 690
--! out: 2080
--! jit: min-native-loops 1
