-- One place sees objects of many shapes and classes: fields, methods and stores are found for each, also after the classes change.
local classes = {}
local base = { kind = "base" }
base.__index = base
function base:name() return "base:" .. self.id end
function base:own() return "own " .. self:name() end
for i = 1, 6 do
  local class = setmetatable({}, base)
  class.__index = class
  if i % 2 == 0 then class.kind = "class" .. i end
  if i % 3 == 0 then
    function class:name() return "class" .. i .. ":" .. self.id end
  end
  classes[i] = class
end

local objects = {}
for i = 1, 12 do
  local object = setmetatable({ ["extra" .. i % 4] = true }, classes[(i - 1) % 6 + 1])
  object.id = i
  objects[i] = object
end

local function all(describe)
  local out = {}
  for i, object in ipairs(objects) do out[i] = tostring(describe(object)) end
  return table.concat(out, " ")
end
local function id(object) return object.id end
local function kind(object) return object.kind end
local function name(object) return object:name() end
local function own(object) return object:own() end
local function extra(object) return object.extra1 end
local function nobody(object) return object.nobody end

for _ = 1, 3 do
  print(all(id))
  print(all(kind))
  print(all(name))
  print(all(own))
  print(all(extra))
  print(all(nobody))
end

-- A class gains a method, loses a field, and takes one over from a new parent.
classes[1].name = function(self) return "new:" .. self.id end
print(all(name))
classes[2].kind = nil
print(all(kind))
base.nobody = "somebody"
print(all(nobody))
base.nobody = nil
print(all(nobody))
setmetatable(classes[4], { __index = function(_, key) return "asked " .. key end })
print(all(kind))
print(all(nobody))

-- Stores by one place: new fields, fields that are there, fields that are nil, and `nil` itself.
local function set_mark(object, value) object.mark = value end
for i, object in ipairs(objects) do set_mark(object, i) end
for i, object in ipairs(objects) do set_mark(object, i % 3 == 0 and nil or i * 10) end
print(all(function(object) return object.mark end))
for _, object in ipairs(objects) do set_mark(object, nil) end
for i, object in ipairs(objects) do set_mark(object, -i) end
print(all(function(object) return rawget(object, "mark") end))

-- `__newindex` comes when the place has seen all the shapes.
local caught = {}
local function set_late(object, value) object.late = value end
for _, class in ipairs(classes) do set_late(setmetatable({ extra0 = true, id = 0 }, class), 0) end
classes[5].__newindex = function(object, key, value) caught[#caught + 1] = object.id .. key .. tostring(value) end
for i, object in ipairs(objects) do set_late(object, i) end
for _, object in ipairs(objects) do set_mark(object, "still") end
print(#caught, table.concat(caught, " "))
print(all(function(object) return rawget(object, "late") end))
for _, object in ipairs(objects) do set_mark(object, nil) end
for i, object in ipairs(objects) do set_mark(object, i) end
print(#caught, table.concat(caught, " "))

-- Fields that hold nil and fields that are missing, with and without metatables.
local plain = { { a = 1, b = 2 }, { b = 2, a = 1 }, { b = 3 }, { c = 0, a = 5 }, {}, setmetatable({ b = 1 }, { __index = { a = "inherited" } }) }
for _ = 1, 2 do
  local seen = {}
  for i, t in ipairs(plain) do seen[i] = tostring(t.a) end
  print(table.concat(seen, " "))
  for _, t in ipairs(plain) do t.a = nil end
end
--! out: 1 2 3 4 5 6 7 8 9 10 11 12
--! out: base class2 base class4 base class6 base class2 base class4 base class6
--! out: base:1 base:2 class3:3 base:4 base:5 class6:6 base:7 base:8 class3:9 base:10 base:11 class6:12
--! out: own base:1 own base:2 own class3:3 own base:4 own base:5 own class6:6 own base:7 own base:8 own class3:9 own base:10 own base:11 own class6:12
--! out: true nil nil nil true nil nil nil true nil nil nil
--! out: nil nil nil nil nil nil nil nil nil nil nil nil
--! out: 1 2 3 4 5 6 7 8 9 10 11 12
--! out: base class2 base class4 base class6 base class2 base class4 base class6
--! out: base:1 base:2 class3:3 base:4 base:5 class6:6 base:7 base:8 class3:9 base:10 base:11 class6:12
--! out: own base:1 own base:2 own class3:3 own base:4 own base:5 own class6:6 own base:7 own base:8 own class3:9 own base:10 own base:11 own class6:12
--! out: true nil nil nil true nil nil nil true nil nil nil
--! out: nil nil nil nil nil nil nil nil nil nil nil nil
--! out: 1 2 3 4 5 6 7 8 9 10 11 12
--! out: base class2 base class4 base class6 base class2 base class4 base class6
--! out: base:1 base:2 class3:3 base:4 base:5 class6:6 base:7 base:8 class3:9 base:10 base:11 class6:12
--! out: own base:1 own base:2 own class3:3 own base:4 own base:5 own class6:6 own base:7 own base:8 own class3:9 own base:10 own base:11 own class6:12
--! out: true nil nil nil true nil nil nil true nil nil nil
--! out: nil nil nil nil nil nil nil nil nil nil nil nil
--! out: new:1 base:2 class3:3 base:4 base:5 class6:6 new:7 base:8 class3:9 base:10 base:11 class6:12
--! out: base base base class4 base class6 base base base class4 base class6
--! out: somebody somebody somebody somebody somebody somebody somebody somebody somebody somebody somebody somebody
--! out: nil nil nil nil nil nil nil nil nil nil nil nil
--! out: base base base class4 base class6 base base base class4 base class6
--! out: nil nil nil asked nobody nil nil nil nil nil asked nobody nil nil
--! out: 10 20 30 40 50 60 70 80 90 100 110 120
--! out: -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -11 -12
--! out: 2	5late5 11late11
--! out: 1 2 3 4 nil 6 7 8 9 10 nil 12
--! out: 4	5late5 11late11 5mark5 11mark11
--! out: 1 1 nil 5 nil inherited
--! out: nil nil nil nil nil inherited
