-- Conway's game of life on a torus of 256 x 256 cells.
--! check: 2615
--! quick: 20 11475
local generations = tonumber((...) or 1500)
local size = 256

local function empty()
  local rows = {}
  for y = 1, size do
    local row = {}
    for x = 1, size do row[x] = 0 end
    rows[y] = row
  end
  return rows
end

local world, following = empty(), empty()
local seed = 2024
for y = 1, size do
  for x = 1, size do
    seed = (seed * 16807) % 2147483647
    world[y][x] = seed % 3 == 0 and 1 or 0
  end
end

for _ = 1, generations do
  for y = 1, size do
    local above = world[y == 1 and size or y - 1]
    local row = world[y]
    local below = world[y == size and 1 or y + 1]
    local out = following[y]
    for x = 1, size do
      local left = x == 1 and size or x - 1
      local right = x == size and 1 or x + 1
      local neighbours = above[left] + above[x] + above[right] + row[left] + row[right]
        + below[left] + below[x] + below[right]
      if neighbours == 3 or (neighbours == 2 and row[x] == 1) then out[x] = 1 else out[x] = 0 end
    end
  end
  world, following = following, world
end

local alive = 0
for y = 1, size do
  for x = 1, size do alive = alive + world[y][x] end
end
print("check: " .. alive)
