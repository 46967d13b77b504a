-- A product of two square matrices kept as tables of rows: a float dot product in the inner loop.
--! check: 237.452024429
local size = tonumber((...) or 1000)

local function matrix(cell)
  local rows = {}
  for i = 1, size do
    local row = {}
    for j = 1, size do row[j] = cell(i, j) end
    rows[i] = row
  end
  return rows
end

-- Columns become rows, so that the product's inner loop walks both operands in order.
local function transpose(m)
  return matrix(function(i, j) return m[j][i] end)
end

local function multiply(a, b)
  local columns = transpose(b)
  local product = {}
  for i = 1, size do
    local row, out = a[i], {}
    for j = 1, size do
      local column, sum = columns[j], 0.0
      for k = 1, size do sum = sum + row[k] * column[k] end
      out[j] = sum
    end
    product[i] = out
  end
  return product
end

local a = matrix(function(i, j) return (i - j) * (i + j) / (size * size) end)
local b = matrix(function(i, j) return (3 * i + 5 * j) % 11 / 7 end)
local c = multiply(a, b)

local sum = 0.0
for i = 1, size do
  for j = 1, size do sum = sum + c[i][j] * ((i + j) % 3 - 1) end
end
print(string.format("corner: %.9f", c[size][1]))
print(string.format("check: %.9f", sum))
