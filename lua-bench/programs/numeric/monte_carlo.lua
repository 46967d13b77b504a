-- Pi by throwing darts: a linear congruential generator behind a closure, and a branch that goes either way.
--! check: 31418629
local throws = tonumber((...) or 40000000)

local function generator(seed)
  return function()
    seed = (seed * 3877 + 29573) % 139968
    return seed / 139968
  end
end

local random = generator(42)
local inside = 0
for _ = 1, throws do
  local x, y = random(), random()
  if x * x + y * y < 1 then inside = inside + 1 end
end
print("check: " .. inside)
