-- Classes from metatables: method calls found one, two and three classes up, and calls to the parent's.
--! check: 338076792
local rounds = tonumber((...) or 70000)

-- A class is the `__index` of its objects and of the classes below it.
local function class(parent)
  local c = {}
  c.__index = c
  return setmetatable(c, parent)
end

local Shape = class(nil)
function Shape.init(self, name)
  self.name, self.moves, self.x, self.y = name, 0, 0, 0
  return self
end
function Shape:move(dx, dy)
  self.x, self.y = self.x + dx, self.y + dy
  self.moves = self.moves + 1
  return self
end
function Shape:area() return 0 end
function Shape:sides() return 0 end
-- Calls whatever the object's own class makes of `area` and `sides`.
function Shape:weight() return self:area() * 2 + self:sides() end

local Rectangle = class(Shape)
function Rectangle.new(width, height)
  local self = Shape.init(setmetatable({}, Rectangle), "rectangle")
  self.width, self.height = width, height
  return self
end
function Rectangle:area() return self.width * self.height end
function Rectangle:sides() return 4 end

local Square = class(Rectangle)
function Square.new(side)
  local self = Shape.init(setmetatable({}, Square), "square")
  self.width, self.height = side, side
  return self
end
function Square:move(dx, dy)
  -- Squares slide twice as far across as asked.
  return Rectangle.move(self, 2 * dx, dy)
end

local Tile = class(Square)
function Tile.new(side, colour)
  local self = Shape.init(setmetatable({}, Tile), "tile")
  self.width, self.height, self.colour = side, side, colour
  return self
end
function Tile:weight() return Square.weight(self) + self.colour end

local Dot = class(Shape)
function Dot.new() return Shape.init(setmetatable({}, Dot), "dot") end
function Dot:sides() return 1 end

-- Objects with `__add`, `__eq` and `__lt`, which the operators call.
local Vector = class(nil)
local function vector(x, y) return setmetatable({ x = x, y = y }, Vector) end
Vector.__add = function(a, b) return vector((a.x + b.x) % 97, (a.y + b.y) % 89) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__lt = function(a, b) return a.x < b.x or a.x == b.x and a.y < b.y end

local shapes = {}
for i = 1, 40 do
  local kind = i % 4
  if kind == 0 then
    shapes[i] = Rectangle.new(i, i + 1)
  elseif kind == 1 then
    shapes[i] = Square.new(i)
  elseif kind == 2 then
    shapes[i] = Tile.new(i, i % 3)
  else
    shapes[i] = Dot.new()
  end
end

local weight, position, steps = 0, vector(0, 0), { vector(1, 2), vector(5, 3), vector(8, 13) }
local equal, less = 0, 0
for round = 1, rounds do
  for i = 1, #shapes do
    local shape = shapes[i]
    shape:move(1, -1):move(round % 3, 1)
    weight = (weight + shape:weight()) % 1000000007
  end
  local step = steps[round % 3 + 1]
  position = position + step
  if position == step then equal = equal + 1 end
  if position < step then less = less + 1 end
end

local x, y, moves = 0, 0, 0
for _, shape in ipairs(shapes) do
  x, y, moves = x + shape.x, y + shape.y, moves + shape.moves
end
print(string.format("moves %d, x %d, y %d, equal %d, less %d", moves, x, y, equal, less))
print(string.format("check: %d", (weight + position.x * 100 + position.y) % 1000000007))
