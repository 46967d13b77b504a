-- Five bodies pull on one another: float arithmetic on the fields of a few long-lived tables.
--! check: -0.121082964
--! quick: 80000 -0.121083661
local steps = tonumber((...) or 5000000)
local sqrt = math.sqrt

-- A sun at rest and four planets on roughly circular orbits, each a little out of the plane.
local bodies = { { x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = 40 } }
for i = 1, 4 do
  local radius = 4.0 * i + 0.5 * i * i
  local speed = sqrt(40 / radius)
  local planet = { x = 0, y = 0, z = 0.05 * i, vx = 0, vy = 0, vz = -0.01 * i, mass = 0.02 / i }
  if i % 2 == 0 then
    planet.x, planet.vy = radius, speed
  else
    planet.y, planet.vx = -radius, speed
  end
  bodies[#bodies + 1] = planet
end

-- Lets the sun move so that the whole system's momentum is nothing.
local function cancel_momentum()
  local px, py, pz = 0, 0, 0
  for _, body in ipairs(bodies) do
    px, py, pz = px + body.vx * body.mass, py + body.vy * body.mass, pz + body.vz * body.mass
  end
  local sun = bodies[1]
  sun.vx, sun.vy, sun.vz = -px / sun.mass, -py / sun.mass, -pz / sun.mass
end

local function energy()
  local sum = 0
  for i, a in ipairs(bodies) do
    sum = sum + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      sum = sum - a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return sum
end

local function advance(dt)
  local count = #bodies
  for i = 1, count do
    local a = bodies[i]
    local ax, ay, az = a.x, a.y, a.z
    local vx, vy, vz, mass = a.vx, a.vy, a.vz, a.mass
    for j = i + 1, count do
      local b = bodies[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local square = dx * dx + dy * dy + dz * dz
      local pull = dt / (square * sqrt(square))
      local from_b, from_a = b.mass * pull, mass * pull
      vx, vy, vz = vx - dx * from_b, vy - dy * from_b, vz - dz * from_b
      b.vx = b.vx + dx * from_a
      b.vy = b.vy + dy * from_a
      b.vz = b.vz + dz * from_a
    end
    a.vx, a.vy, a.vz = vx, vy, vz
    a.x, a.y, a.z = ax + dt * vx, ay + dt * vy, az + dt * vz
  end
end

cancel_momentum()
print(string.format("energy: %.9f", energy()))
for _ = 1, steps do advance(0.005) end
print(string.format("check: %.9f", energy()))
