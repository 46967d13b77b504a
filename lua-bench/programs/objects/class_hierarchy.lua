-- Shapes of many classes in one array: every call site sees eight classes, in an order without pattern.
--! check: 529010619.176
--! quick: 700 30865185.867
local rounds = tonumber((...) or 12000)

local function class(parent)
  local methods = {}
  methods.__index = methods
  return setmetatable(methods, parent)
end

local Base = class(nil)
function Base:area() return 0 end
function Base:scale(factor) self.size = self.size * factor end
function Base:name() return self.label end

local classes = {}
for i = 1, 8 do
  local Shape = class(Base)
  local factor = i * 0.5
  if i % 2 == 0 then
    function Shape:area() return self.size * self.size * factor end
  else
    function Shape:area() return self.size * factor + 1 end
  end
  if i % 3 == 0 then
    function Shape:scale(by) self.size = self.size * by / 2 + 1 end
  end
  function Shape.new(size) return setmetatable({ size = size, label = "shape" .. i }, Shape) end
  classes[i] = Shape
end

local shapes, seed = {}, 17
for i = 1, 2000 do
  seed = (seed * 16807) % 2147483647
  shapes[i] = classes[1 + seed % 8].new(seed % 10)
end

local total = 0
for round = 1, rounds do
  local factor = round % 2 == 0 and 2 or 0.5
  for i = 1, #shapes do
    local shape = shapes[i]
    shape:scale(factor)
    total = total + shape:area()
  end
end
print(string.format("check: %.3f", total))
