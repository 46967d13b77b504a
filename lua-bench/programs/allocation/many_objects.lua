-- Small objects with methods, most dropped at once, some kept a while in a ring.
--! check: 769090973
--! quick: 200000 444582964
local n = tonumber((...) or 1500000)
local KEPT = 1000

local Point = {}
Point.__index = Point
local function point(x, y) return setmetatable({ x = x, y = y }, Point) end
function Point:plus(other) return point(self.x + other.x, self.y + other.y) end
function Point:turned() return point(-self.y, self.x) end
function Point:within(limit) return point(self.x % limit, self.y % limit) end
function Point:length() return self.x * self.x + self.y * self.y end

local ring = {}
for i = 1, KEPT do ring[i] = point(i, -i) end

local position, sum = point(1, 2), 0
for i = 1, n do
  local slot = i % KEPT + 1
  position = position:plus(ring[slot]):turned():within(1009)
  if i % 5 == 0 then ring[slot] = position end
  sum = (sum + position:length()) % 1000000007
end

print(string.format("at %d, %d", position.x, position.y))
print(string.format("check: %d", sum))
