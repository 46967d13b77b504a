-- Metatables, methods and base classes that change while objects are in use.
local Base = {}
Base.__index = Base
function Base.hello() return "base" end
local Derived = setmetatable({}, Base)
Derived.__index = Derived
local o = setmetatable({}, Derived)
local function call() return o.hello() end
local out = {}
for i = 1, 3 do out[#out + 1] = call() end
function Derived.hello() return "derived" end
for i = 1, 3 do out[#out + 1] = call() end
o.hello = function() return "own" end
for i = 1, 3 do out[#out + 1] = call() end
o.hello = nil
for i = 1, 2 do out[#out + 1] = call() end
Derived.hello = nil
for i = 1, 2 do out[#out + 1] = call() end
function Base.hello() return "base2" end
for i = 1, 2 do out[#out + 1] = call() end
setmetatable(Derived, {__index = {hello = function() return "other" end}})
for i = 1, 2 do out[#out + 1] = call() end
setmetatable(o, {__index = function(_, k) return function() return k .. " made" end end})
for i = 1, 2 do out[#out + 1] = call() end
print(table.concat(out, " "))
-- a metatable gains and loses events
local mt = {}
local t = setmetatable({}, mt)
local function try() local ok, v = pcall(function() return t + 1 end) return ok and v or "error" end
local r = {try(), try()}
mt.__add = function() return "add1" end
r[#r + 1], r[#r + 2] = try(), try()
mt.__add = function() return "add2" end
r[#r + 1], r[#r + 2] = try(), try()
mt.__add = nil
r[#r + 1] = try()
setmetatable(t, {__add = function() return "new metatable" end})
r[#r + 1] = try()
print(table.concat(r, " "))
local idx = {}
local function get() return idx.f end
local g = {tostring(get())}
setmetatable(idx, {__index = {f = 1}})
g[#g + 1] = tostring(get())
getmetatable(idx).__index.f = 2
g[#g + 1] = tostring(get())
getmetatable(idx).__index = {f = 3}
g[#g + 1] = tostring(get())
idx.f = 4
g[#g + 1] = tostring(get())
idx.f = nil
g[#g + 1] = tostring(get())
setmetatable(idx, nil)
g[#g + 1] = tostring(get())
print(table.concat(g, " "))
--! out: base base base derived derived derived own own own derived derived base base base2 base2 other other hello made hello made
--! out: error error add1 add1 add2 add2 error new metatable
--! out: nil 1 2 3 4 3 nil
