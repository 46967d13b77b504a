-- Escape times over a square grid: a tight loop of float multiplies and adds, no memory.
--! check: 30321127
--! quick: 500 1212224
local size = tonumber((...) or 2500)
local LIMIT = 100

local function escape_time(cr, ci)
  local zr, zi = 0.0, 0.0
  for i = 1, LIMIT do
    local rr, ii = zr * zr, zi * zi
    if rr + ii > 4.0 then return i end
    zi = 2.0 * zr * zi + ci
    zr = rr - ii + cr
  end
  return 0
end

local inside, total = 0, 0
for row = 0, size - 1 do
  local ci = 2.5 * row / size - 1.25
  for column = 0, size - 1 do
    local time = escape_time(3.0 * column / size - 2.25, ci)
    if time == 0 then inside = inside + 1 else total = total + time end
  end
end

print(string.format("inside: %d of %d", inside, size * size))
print(string.format("check: %d", total))
