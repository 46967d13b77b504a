-- Draws the Mandelbrot set with characters, then counts its points on a finer grid.
local function iterations(cr, ci, limit)
  local zr, zi = 0, 0
  for n = 1, limit do
    local r2, i2 = zr * zr, zi * zi
    if r2 + i2 > 4 then return n end
    zr, zi = r2 - i2 + cr, 2 * zr * zi + ci
  end
  return limit
end

local shades = " .:-=+*#%@"
for row = -12, 12 do
  local line = {}
  for column = -50, 25 do
    local n = iterations(column / 25, row / 10, 100)
    local shade = math.floor((n - 1) / 99 * (#shades - 1)) + 1
    line[#line + 1] = shades:sub(shade, shade)
  end
  print(table.concat(line))
end

local size, inside = 400, 0
for row = 0, size - 1 do
  for column = 0, size - 1 do
    if iterations(column * 3 / size - 2, row * 2 / size - 1, 200) == 200 then inside = inside + 1 end
  end
end
print(inside .. " of " .. size * size .. " points are in the set")
