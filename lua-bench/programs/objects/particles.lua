-- Particles bouncing in a box: arrays of objects whose number fields are read and written.
--! check: 197988 202413.216275
--! quick: 600 2938 200789.220483
local steps = tonumber((...) or 40000)

local Particle = {}
Particle.__index = Particle

function Particle.new(x, y, vx, vy)
  return setmetatable({ x = x, y = y, vx = vx, vy = vy, bounces = 0 }, Particle)
end

function Particle:move(dt)
  self.x = self.x + self.vx * dt
  self.y = self.y + self.vy * dt
end

function Particle:bounce(size)
  if self.x < 0 or self.x > size then
    self.vx = -self.vx
    self.bounces = self.bounces + 1
  end
  if self.y < 0 or self.y > size then
    self.vy = -self.vy
    self.bounces = self.bounces + 1
  end
end

local particles, seed = {}, 11
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end
for i = 1, 2000 do
  particles[i] = Particle.new(random() * 100, random() * 100, random() - 0.5, random() - 0.5)
end

for _ = 1, steps do
  for i = 1, #particles do
    local particle = particles[i]
    particle:move(0.5)
    particle:bounce(100)
  end
end

local bounces, middle = 0, 0
for _, particle in ipairs(particles) do
  bounces = bounces + particle.bounces
  middle = middle + particle.x + particle.y
end
print(string.format("check: %d %.6f", bounces, middle))
