-- A ray tracer: vectors as objects with operators, spheres, planes, boxes and discs in a hierarchy of bounds, shadows, mirrors, several lights.
--! check: 307602
--! quick: 70 675885
local size = tonumber((...) or 280)

local sqrt, min, max, huge, floor = math.sqrt, math.min, math.max, math.huge, math.floor

---------------------------------------------------------------------------------------------------
-- Vectors

local Vector = {}
Vector.__index = Vector

local function vector(x, y, z) return setmetatable({ x = x, y = y, z = z }, Vector) end

function Vector.__add(a, b) return vector(a.x + b.x, a.y + b.y, a.z + b.z) end
function Vector.__sub(a, b) return vector(a.x - b.x, a.y - b.y, a.z - b.z) end
function Vector.__unm(a) return vector(-a.x, -a.y, -a.z) end
function Vector.__mul(a, b)
  if type(b) == "number" then return vector(a.x * b, a.y * b, a.z * b) end
  return vector(a.x * b.x, a.y * b.y, a.z * b.z)
end
function Vector:dot(b) return self.x * b.x + self.y * b.y + self.z * b.z end
function Vector:cross(b)
  return vector(self.y * b.z - self.z * b.y, self.z * b.x - self.x * b.z, self.x * b.y - self.y * b.x)
end
function Vector:length() return sqrt(self:dot(self)) end
function Vector:normalised() return self * (1 / self:length()) end
function Vector:reflected(normal) return self - normal * (2 * self:dot(normal)) end

---------------------------------------------------------------------------------------------------
-- Rays and materials

local Ray = {}
Ray.__index = Ray
function Ray.new(origin, direction) return setmetatable({ origin = origin, direction = direction }, Ray) end
function Ray:at(distance) return self.origin + self.direction * distance end

local function material(colour, mirror, shine) return { colour = colour, mirror = mirror, shine = shine } end

---------------------------------------------------------------------------------------------------
-- Shapes: each answers where a ray meets it, and its normal there

local function class(parent)
  local methods = setmetatable({}, parent)
  methods.__index = methods
  return methods
end

local Shape = class(nil)
function Shape:colour_at(_) return self.material.colour end
function Shape:bounds() return nil end

local Sphere = class(Shape)
function Sphere.new(centre, radius, stuff)
  return setmetatable({ centre = centre, radius = radius, material = stuff }, Sphere)
end
function Sphere:intersect(ray)
  local to = self.centre - ray.origin
  local along = to:dot(ray.direction)
  local inside = self.radius * self.radius - to:dot(to) + along * along
  if inside < 0 then return nil end
  local half = sqrt(inside)
  if along - half > 1e-6 then return along - half end
  if along + half > 1e-6 then return along + half end
  return nil
end
function Sphere:normal_at(point) return (point - self.centre) * (1 / self.radius) end
function Sphere:bounds()
  local reach = vector(self.radius, self.radius, self.radius)
  return self.centre - reach, self.centre + reach
end

local Plane = class(Shape)
function Plane.new(normal, offset, stuff, other)
  return setmetatable({ normal = normal, offset = offset, material = stuff, other = other }, Plane)
end
function Plane:intersect(ray)
  local slope = self.normal:dot(ray.direction)
  if slope > -1e-9 and slope < 1e-9 then return nil end
  local distance = (self.offset - self.normal:dot(ray.origin)) / slope
  if distance > 1e-6 then return distance end
  return nil
end
function Plane:normal_at(_) return self.normal end
function Plane:colour_at(point)
  if (floor(point.x) + floor(point.z)) % 2 == 0 then return self.material.colour end
  return self.other
end

local Box = class(Shape)
function Box.new(low, high, stuff) return setmetatable({ low = low, high = high, material = stuff }, Box) end

-- Where a ray is inside the slabs between `low` and `high`: distances of entering and leaving.
local function slabs(low, high, ray)
  local origin, direction = ray.origin, ray.direction
  local near, far = -huge, huge
  for _, axis in ipairs({ "x", "y", "z" }) do
    local step = direction[axis]
    if step == 0 then
      if origin[axis] < low[axis] or origin[axis] > high[axis] then return nil end
    else
      local a, b = (low[axis] - origin[axis]) / step, (high[axis] - origin[axis]) / step
      if a > b then a, b = b, a end
      near, far = max(near, a), min(far, b)
    end
  end
  if near > far or far < 1e-6 then return nil end
  return near, far
end

function Box:intersect(ray)
  local near, far = slabs(self.low, self.high, ray)
  if not near then return nil end
  return near > 1e-6 and near or far
end
function Box:normal_at(point)
  local best, normal = huge, nil
  for _, axis in ipairs({ "x", "y", "z" }) do
    for _, side in ipairs({ self.low, self.high }) do
      local off = math.abs(point[axis] - side[axis])
      if off < best then
        best = off
        normal = vector(0, 0, 0)
        normal[axis] = side == self.low and -1 or 1
      end
    end
  end
  return normal
end
function Box:bounds() return self.low, self.high end

-- A round piece of a plane.
local Disc = class(Shape)
function Disc.new(centre, normal, radius, stuff)
  return setmetatable({ centre = centre, normal = normal:normalised(), radius = radius, material = stuff }, Disc)
end
function Disc:intersect(ray)
  local slope = self.normal:dot(ray.direction)
  if slope > -1e-9 and slope < 1e-9 then return nil end
  local distance = (self.centre - ray.origin):dot(self.normal) / slope
  if distance <= 1e-6 then return nil end
  local off = ray:at(distance) - self.centre
  return off:dot(off) <= self.radius * self.radius and distance or nil
end
function Disc:normal_at(_) return self.normal end
function Disc:bounds()
  local reach = vector(self.radius, self.radius, self.radius)
  return self.centre - reach, self.centre + reach
end

---------------------------------------------------------------------------------------------------
-- A hierarchy of bounding boxes

local Group = class(nil)

function Group.build(shapes)
  if #shapes <= 2 then return setmetatable({ shapes = shapes }, Group):measure() end
  local spread, axis = -1, "x"
  for _, name in ipairs({ "x", "y", "z" }) do
    local low, high = huge, -huge
    for _, shape in ipairs(shapes) do
      local from, to = shape:bounds()
      local middle = (from[name] + to[name]) / 2
      low, high = min(low, middle), max(high, middle)
    end
    if high - low > spread then spread, axis = high - low, name end
  end
  local function middle(shape)
    local low, high = shape:bounds()
    return low[axis] + high[axis]
  end
  table.sort(shapes, function(a, b) return middle(a) < middle(b) end)
  local left, right = {}, {}
  for i, shape in ipairs(shapes) do
    local side = i <= #shapes / 2 and left or right
    side[#side + 1] = shape
  end
  return setmetatable({ left = Group.build(left), right = Group.build(right), shapes = {} }, Group):measure()
end

function Group:measure()
  local low, high = vector(huge, huge, huge), vector(-huge, -huge, -huge)
  local function include(from, to)
    low = vector(min(low.x, from.x), min(low.y, from.y), min(low.z, from.z))
    high = vector(max(high.x, to.x), max(high.y, to.y), max(high.z, to.z))
  end
  for _, shape in ipairs(self.shapes) do include(shape:bounds()) end
  if self.left then
    include(self.left.low, self.left.high)
    include(self.right.low, self.right.high)
  end
  self.low, self.high = low, high
  return self
end

-- The nearest shape that `ray` meets before `limit`, and how far it is.
function Group:nearest(ray, limit)
  local near = slabs(self.low, self.high, ray)
  if not near or near > limit then return nil, limit end
  local found
  for _, shape in ipairs(self.shapes) do
    local distance = shape:intersect(ray)
    if distance and distance < limit then found, limit = shape, distance end
  end
  if self.left then
    local shape, distance = self.left:nearest(ray, limit)
    if shape then found, limit = shape, distance end
    shape, distance = self.right:nearest(ray, limit)
    if shape then found, limit = shape, distance end
  end
  return found, limit
end

---------------------------------------------------------------------------------------------------
-- The scene

local scene = { planes = {}, lights = {}, background = vector(0.2, 0.3, 0.5) }

do
  local shapes, seed = {}, 4711
  local function random()
    seed = (seed * 16807) % 2147483647
    return seed / 2147483647
  end
  for _ = 1, 40 do
    local stuff = material(vector(random(), random(), random()), random() < 0.3 and 0.5 or 0, 20)
    local centre = vector(random() * 12 - 6, random() * 3 - 0.5, random() * 10 + 3)
    if random() < 0.7 then
      shapes[#shapes + 1] = Sphere.new(centre, 0.3 + random() * 0.5, stuff)
    else
      local half = vector(0.3, 0.3, 0.3)
      shapes[#shapes + 1] = Box.new(centre - half, centre + half, stuff)
    end
  end
  for i = 1, 4 do
    local centre, facing = vector(3 * i - 7, 2.5, 9 - i), vector(i - 2.5, 1, -1)
    shapes[#shapes + 1] = Disc.new(centre, facing, 0.4 + 0.1 * i, material(vector(0.8, 0.2 * i, 0.3), 0.1 * i, 10))
  end
  scene.group = Group.build(shapes)
  scene.planes[1] = Plane.new(vector(0, 1, 0), -1.5, material(vector(0.9, 0.9, 0.9), 0.2, 5), vector(0.2, 0.2, 0.2))
  scene.lights[1] = { place = vector(-5, 8, -5), strength = 0.7 }
  scene.lights[2] = { place = vector(6, 5, 0), strength = 0.4 }
end

function scene:nearest(ray)
  local found, distance = self.group:nearest(ray, huge)
  for _, plane in ipairs(self.planes) do
    local there = plane:intersect(ray)
    if there and there < distance then found, distance = plane, there end
  end
  return found, distance
end

function scene:shadowed(point, light)
  local to = light.place - point
  local length = to:length()
  local _, distance = self:nearest(Ray.new(point, to * (1 / length)))
  return distance < length
end

function scene:trace(ray, depth)
  local shape, distance = self:nearest(ray)
  if not shape then return self.background end
  local point = ray:at(distance)
  local normal = shape:normal_at(point)
  if normal:dot(ray.direction) > 0 then normal = -normal end
  local stuff, colour = shape.material, shape:colour_at(point)
  local outside = point + normal * 1e-4
  local light, shine = 0.15, 0
  for _, lamp in ipairs(self.lights) do
    local to = (lamp.place - point):normalised()
    local facing = to:dot(normal)
    if facing > 0 and not self:shadowed(outside, lamp) then
      light = light + facing * lamp.strength
      local mirrored = (-to):reflected(normal)
      local towards = -mirrored:dot(ray.direction)
      if towards > 0 then shine = shine + towards ^ stuff.shine * lamp.strength end
    end
  end
  local result = colour * light + vector(shine, shine, shine)
  if stuff.mirror > 0 and depth < 4 then
    local reflected = self:trace(Ray.new(outside, ray.direction:reflected(normal)), depth + 1)
    result = result * (1 - stuff.mirror) + reflected * stuff.mirror
  end
  return result
end

---------------------------------------------------------------------------------------------------
-- The picture

local camera = vector(0, 1.5, -6)
local forward = (vector(0, 0.5, 6) - camera):normalised()
local right = vector(0, 1, 0):cross(forward):normalised()
local up = forward:cross(right)

local function byte(value) return floor(min(1, max(0, value)) * 255 + 0.5) end

local total, rows = 0, {}
for y = 1, size do
  local row = {}
  for x = 1, size do
    local direction = forward + right * ((x - size / 2) / size) + up * ((size / 2 - y) / size)
    local colour = scene:trace(Ray.new(camera, direction:normalised()), 0)
    row[x] = string.char(byte(colour.x), byte(colour.y), byte(colour.z))
  end
  rows[y] = table.concat(row)
end
for y, row in ipairs(rows) do
  for i = 1, #row, 7 do total = (total * 31 + row:byte(i) + y) % 1000003 end
end
print("check: " .. total)
