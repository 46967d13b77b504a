-- The Mandelbrot set as text and as a sum of iteration counts.
local function iterations(cr, ci, max)
  local zr, zi = 0, 0
  for i = 1, max do
    local r2, i2 = zr * zr, zi * zi
    if r2 + i2 > 4 then return i - 1 end
    zi = 2 * zr * zi + ci
    zr = r2 - i2 + cr
  end
  return max
end
local total = 0
for y = -8, 8 do
  local row = {}
  for x = -22, 8 do
    local n = iterations(x / 10.5, y / 7, 40)
    total = total + n
    row[#row + 1] = n == 40 and "#" or n > 6 and "+" or n > 3 and "." or "-"
  end
  print(table.concat(row))
end
print(total)
--! out: ------------------.....--------
--! out: ---------------.....++#..------
--! out: -------------......++#+....----
--! out: ------------....++++##++....---
--! out: ----------.....++#######+#+.---
--! out: -------......+++##########+..--
--! out: ---.....+++++++###########+..--
--! out: --.....+++####+############...-
--! out: -########################++...-
--! out: --.....+++####+############...-
--! out: ---.....+++++++###########+..--
--! out: -------......+++##########+..--
--! out: ----------.....++#######+#+.---
--! out: ------------....++++##++....---
--! out: -------------......++#+....----
--! out: ---------------.....++#..------
--! out: ------------------.....--------
--! out: 6821
--! jit: min-native-loops 1
