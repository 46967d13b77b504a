-- Heat spreading over a plate: a five-point stencil over two-dimensional arrays (tables of tables).
--! check: 759101.344319
local rounds = tonumber((...) or 10000)
local size = 200

local function plate()
  local rows = {}
  for y = 1, size do
    local row = {}
    for x = 1, size do row[x] = 0 end
    rows[y] = row
  end
  return rows
end

local now, after = plate(), plate()
for x = 1, size do
  now[1][x], after[1][x] = 100, 100
end

for _ = 1, rounds do
  for y = 2, size - 1 do
    local above, row, below, out = now[y - 1], now[y], now[y + 1], after[y]
    for x = 2, size - 1 do
      out[x] = row[x] + 0.2 * (above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x])
    end
  end
  now, after = after, now
end

local total = 0
for y = 1, size do
  for x = 1, size do total = total + now[y][x] end
end
print(string.format("check: %.6f", total))
