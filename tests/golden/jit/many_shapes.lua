-- One instruction that sees objects of many shapes: fields read and written with and without metatables, keys that are not there,
-- handlers that are functions for some of the objects only.

local objects, classes = {}, {}
for i = 1, 24 do
  local class = { bonus = i % 5 }
  class.__index = class
  function class.name() return "c" .. i % 3 end
  classes[i] = class
  local object = setmetatable({}, i % 4 > 0 and class or nil)
  for j = 1, i do object["f" .. j] = j end
  object.value = i
  objects[i] = object
end

local sum, names, missing = 0, {}, 0
for round = 1, 200 do
  for i = 1, #objects do
    local o = objects[i]
    sum = sum + o.value + (o.bonus or 0)
    if o.nothing == nil then missing = missing + 1 end
    if o.name then names[o.name()] = (names[o.name()] or 0) + 1 end
  end
end
print(sum, missing, names.c0, names.c1, names.c2)

-- Stores: of old keys, of new ones, past a metatable, and through a `__newindex` that is a table.
local spill = {}
local function store(o, key, v) o.value = v o[key] = v end
for round = 1, 150 do
  for i = 1, #objects do
    local o = setmetatable({ value = 0 }, { __newindex = i % 6 == 0 and spill or nil })
    for j = 1, i % 8 do rawset(o, "g" .. j, j) end
    store(o, "late", round + i)
    objects[i].value = o.value + (rawget(o, "late") or 1000)
  end
end
local total = 0
for i = 1, #objects do total = total + objects[i].value end
print(total, spill.late)

-- Among tables, some ask a function.
local asked = 0
local ask = { __index = function(_, key) asked = asked + 1 return #key end,
              __newindex = function(t, key, v) asked = asked + 1 rawset(t, key, v + 0.5) end }
local mixed = {}
for i = 1, 20 do
  local t = {}
  for j = 1, i do t["h" .. j] = j end
  mixed[i] = i % 5 == 0 and setmetatable(t, ask) or t
end
local found = 0
for round = 1, 120 do
  for i = 1, #mixed do
    local t = mixed[i]
    found = found + (t.absent or 0)
    t.extra = round
    found = found + t.extra
    t.extra = nil
  end
end
print(found, asked)

-- A metatable made anew each time.
local function scope(outer) return setmetatable({}, { __index = outer, outer = outer }) end
local globals = { x = 1, y = 2 }
local walked = 0
for i = 1, 400 do
  local inner = scope(scope(globals))
  inner.x = i
  walked = walked + inner.x + inner.y + (inner.z or 3) + (getmetatable(inner).outer.x)
end
print(walked)

-- What light userdata would be told apart from: a value that is false, and nil behind a chain.
local flags = {}
for i = 1, 16 do
  local t = { ["k" .. i] = i, on = i % 2 == 0 }
  flags[i] = setmetatable(t, { __index = { off = false } })
end
local on, off, none = 0, 0, 0
for round = 1, 100 do
  for i = 1, #flags do
    local t = flags[i]
    if t.on then on = on + 1 end
    if t.off == false then off = off + 1 end
    if t.neither == nil then none = none + 1 end
  end
end
print(on, off, none)
--! out: 67200	4800	1200	1200	1200
--! out: 11140	174
--! out: 148320	960
--! out: 82600
--! out: 800	1600	1600
