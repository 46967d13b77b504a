-- A class library with mixins, class methods, properties and inherited operators; and shapes, an account system, a visitor.
local scale = tonumber((...)) or 1
local Object = {name = "Object", methods = {}, statics = {}}
local operators = {"__add", "__sub", "__mul", "__eq", "__lt", "__le", "__tostring", "__call", "__len", "__concat", "__unm"}
local function lookup(class, key)
  while class do
    local v = class.methods[key]
    if v ~= nil then return v end
    class = class.super
  end
end
local class_meta = {}
local function create(name, super)
  local class = {name = name, super = super, methods = {}, statics = {}, subclasses = {}}
  local instance = {}
  class.instance = instance
  instance.__index = function(object, key)
    local getter = lookup(class, "get_" .. key)
    if getter then return getter(object) end
    return lookup(class, key)
  end
  for _, event in ipairs(operators) do
    local inherited = super and super.instance and super.instance[event]
    instance[event] = inherited
  end
  setmetatable(class, class_meta)
  if super and super.subclasses then super.subclasses[#super.subclasses + 1] = class end
  return class
end
class_meta.__index = function(class, key)
  local c = class
  while c do
    local v = rawget(c, "statics")[key]
    if v ~= nil then return v end
    c = rawget(c, "super")
  end
  return lookup(class, key)
end
class_meta.__newindex = function(class, key, value)
  rawget(class, "methods")[key] = value
  if key:sub(1, 2) == "__" then class.instance[key] = value end
end
class_meta.__call = function(class, ...)
  local object = setmetatable({class = class}, class.instance)
  local init = lookup(class, "initialize")
  if init then init(object, ...) end
  return object
end
class_meta.__tostring = function(class) return "class " .. class.name end
local function class(name, super)
  local c = create(name, super or Object)
  if not super or super == Object then
    c.is = function(self, other)
      local k = self.class
      while k do if k == other then return true end k = k.super end
      return false
    end
  end
  return c
end
local function include(c, ...)
  for i = 1, select("#", ...) do
    local mixin = select(i, ...)
    for key, f in pairs(mixin) do if key ~= "included" then c[key] = f end end
    if mixin.included then mixin.included(c) end
  end
  return c
end

local Comparable = {
  __lt = function(a, b) return a:compare(b) < 0 end,
  __le = function(a, b) return a:compare(b) <= 0 end,
  __eq = function(a, b) return a:compare(b) == 0 end,
  clamp = function(self, low, high) if self < low then return low elseif high < self then return high end return self end,
}
local Observable = {
  on = function(self, event, f) self.handlers = self.handlers or {} self.handlers[event] = self.handlers[event] or {} table.insert(self.handlers[event], f) return self end,
  fire = function(self, event, ...) for _, f in ipairs(self.handlers and self.handlers[event] or {}) do f(self, ...) end end,
  included = function(c) c.statics.observable = true end,
}

local Shape = include(class("Shape"), Comparable, Observable)
function Shape:initialize(x, y) self.x, self.y = x, y end
function Shape:compare(other) return self.area - other.area end
function Shape:move(dx, dy) self.x, self.y = self.x + dx, self.y + dy self:fire("moved", dx, dy) return self end
function Shape:accept(visitor, ...) return visitor["visit" .. self.class.name](visitor, self, ...) end
Shape.__tostring = function(s) return ("%s@%g,%g:%.2f"):format(s.class.name, s.x, s.y, s.area) end
Shape.__add = function(a, b) return a.area + (type(b) == "number" and b or b.area) end
local Circle = class("Circle", Shape)
function Circle:initialize(x, y, r) Shape.initialize(self, x, y) self.r = r end
function Circle:get_area() return math.pi * self.r ^ 2 end
local Rectangle = class("Rectangle", Shape)
function Rectangle:initialize(x, y, w, h) Shape.initialize(self, x, y) self.w, self.h = w, h end
function Rectangle:get_area() return self.w * self.h end
local Square = class("Square", Rectangle)
function Square:initialize(x, y, side) Rectangle.initialize(self, x, y, side, side) end
function Square:move(dx, dy) return Rectangle.move(self, dx * 2, dy * 2) end
Square.__call = function(self, factor) self.w, self.h = self.w * factor, self.h * factor return self end
Shape.statics.create = function(kind, ...) return kind(...) end

local Scaler = class("Scaler")
function Scaler:initialize(by) self.by, self.seen = by, 0 end
function Scaler:visitCircle(c) c.r = c.r * self.by self.seen = self.seen + 1 end
function Scaler:visitRectangle(r) r.w, r.h = r.w * self.by, r.h * self.by self.seen = self.seen + 10 end
Scaler.visitSquare = Scaler.visitRectangle

local shapes, moves = {}, 0
for i = 1, 60 * scale do
  local kind = i % 3
  local s
  if kind == 0 then s = Circle(i, -i, i % 7 + 1) elseif kind == 1 then s = Rectangle(i, 0, i % 5 + 1, 2) else s = Square.create(Square, 0, i, i % 4 + 1) end
  shapes[i] = s:on("moved", function(_, dx) moves = moves + dx end)
end
local up, down = Scaler(2), Scaler(0.5)
for round = 1, 6 do
  for i, s in ipairs(shapes) do
    s:move(round, -1)
    if round % 2 == 0 then s:accept(i % 2 == 0 and up or down) end
  end
end
table.sort(shapes, function(a, b) if a.area ~= b.area then return a < b end return a.x < b.x end)
print(moves, up.seen, down.seen, tostring(shapes[1]), tostring(shapes[#shapes]))
print(shapes[3] + shapes[4] > 0, shapes[3] + 1 > 1, shapes[5] <= shapes[6], shapes[1] == shapes[2], shapes[9]:clamp(shapes[2], shapes[5]) == shapes[5])
print(tostring(Square), Square.observable, Shape.observable, Square(0, 0, 2)(3).area, Square(1, 1, 1):is(Shape), Circle(0, 0, 1):is(Rectangle))
print(#Shape.subclasses, Shape.subclasses[2].subclasses[1].name, pcall(function() return shapes[1]:missing() end))
-- A method that changes while instances are in use.
local total = 0
for i = 1, 90 * scale do
  if i == 40 then function Rectangle:get_area() return self.w + self.h end end
  if i == 70 then Square.get_area = function() return 1000 end end
  total = total + Square(0, 0, i % 9).area
end
print(total)
--! out: 1680	630	630	Rectangle@46,-6:0.03	Circle@69,-54:9852.03
--! out: true	true	true	true	true
--! out: class Square	true	true	36	true	false
--! out: 2	Square	false	classlib.lua:125: attempt to call method 'missing' (a nil value)
--! out: 22076
