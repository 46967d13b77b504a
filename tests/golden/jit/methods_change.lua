-- Metatables, methods and base classes that change in the middle of a hot loop.
local A = {} A.__index = A
function A:f() return 1 end
local o = setmetatable({}, A)
local s = 0
for i = 1, 100 do if i == 50 then function A:f() return 10 end end s = s + o:f() end
print(s)
s = 0
for i = 1, 100 do if i == 30 then o.f = function() return 100 end elseif i == 60 then o.f = nil end s = s + o:f() end
print(s)
local B = setmetatable({}, {__index = A}) B.__index = B
local p = setmetatable({}, B)
s = 0
for i = 1, 120 do
  if i == 30 then function B:f() return 1000 end elseif i == 60 then B.f = nil elseif i == 90 then setmetatable(B, {__index = {f = function() return 5 end}}) end
  s = s + p:f()
end
print(s)
s = 0
for i = 1, 100 do if i == 50 then setmetatable(o, {__index = {f = function() return 7 end}}) end s = s + o:f() end
print(s)
local v = setmetatable({n = 1}, {__add = function(a, b) return 1 end})
s = 0
for i = 1, 90 do
  if i == 30 then getmetatable(v).__add = function(a, b) return 2 end elseif i == 60 then setmetatable(v, {__add = function() return 3 end}) end
  s = s + (v + i)
end
print(s)
local d = setmetatable({}, {__index = {x = 1}})
s = 0
for i = 1, 120 do
  if i == 30 then getmetatable(d).__index.x = 2 elseif i == 60 then getmetatable(d).__index = {x = 3} elseif i == 90 then getmetatable(d).__index = function() return 4 end end
  s = s + d.x
end
print(s)
local w, sets = setmetatable({}, {}), 0
for i = 1, 100 do
  if i == 50 then getmetatable(w).__newindex = function(t, k, v) sets = sets + 1 end end
  w[i] = i
end
print(#w, sets)
local c = setmetatable({}, {__call = function(_, x) return x end})
s = 0
for i = 1, 80 do if i == 40 then getmetatable(c).__call = function(_, x) return -x end end s = s + c(i) end
print(s)
local plain = {x = 1}
local ok = 0
for i = 1, 100 do
  if i == 50 then setmetatable(plain, {__index = function(t, k) return k == "y" and 5 end}) elseif i == 75 then setmetatable(plain, nil) end
  ok = ok + plain.x + (plain.y or 0)
end
print(ok)
local objs = {}
for i = 1, 40 do objs[i] = setmetatable({}, i % 2 == 0 and A or B) end
s = 0
for r = 1, 4 do if r == 3 then A.f = function() return 0.5 end end for i = 1, #objs do s = s + objs[i]:f() end end
print(s)
local eqm = {__eq = function() return true end}
local e1, e2, n = setmetatable({}, eqm), setmetatable({}, eqm), 0
for i = 1, 60 do if i == 30 then eqm.__eq = nil end if e1 == e2 then n = n + 1 end end
print(n)
--! out: 559
--! out: 3700
--! out: 30745
--! out: 847
--! out: 182
--! out: 303
--! out: 49	51
--! out: -1680
--! out: 225
--! out: 820
--! out: 29
--! jit: min-native-loops 1
