-- Linear equations by LU decomposition with partial pivoting.
--! check: solved -2184.945242
local size = tonumber((...) or 1300)

local abs = math.abs

local function system(n)
  local a, b, seed = {}, {}, 7
  for i = 1, n do
    local row = {}
    for j = 1, n do
      seed = (seed * 16807) % 2147483647
      row[j] = seed / 2147483647 - 0.5
    end
    a[i], b[i] = row, i
  end
  return a, b
end

-- Decomposes `a` in place; the answer lists which row came to which place.
local function decompose(a, n)
  local order = {}
  for i = 1, n do order[i] = i end
  for k = 1, n do
    local pivot, most = k, abs(a[k][k])
    for i = k + 1, n do
      if abs(a[i][k]) > most then pivot, most = i, abs(a[i][k]) end
    end
    a[k], a[pivot] = a[pivot], a[k]
    order[k], order[pivot] = order[pivot], order[k]
    local top = a[k]
    local divisor = top[k]
    for i = k + 1, n do
      local row = a[i]
      local factor = row[k] / divisor
      row[k] = factor
      for j = k + 1, n do row[j] = row[j] - factor * top[j] end
    end
  end
  return order
end

local function solve(a, b, order, n)
  local x = {}
  for i = 1, n do
    local sum, row = b[order[i]], a[i]
    for j = 1, i - 1 do sum = sum - row[j] * x[j] end
    x[i] = sum
  end
  for i = n, 1, -1 do
    local sum, row = x[i], a[i]
    for j = i + 1, n do sum = sum - row[j] * x[j] end
    x[i] = sum / row[i]
  end
  return x
end

local a, b = system(size)
local original = system(size)
local x = solve(a, b, decompose(a, size), size)

local worst = 0
for i = 1, size do
  local sum = -b[i]
  for j = 1, size do sum = sum + original[i][j] * x[j] end
  worst = math.max(worst, abs(sum))
end
print(string.format("check: %s %.6f", worst < 1e-6 and "solved" or "wrong", x[1] + x[size]))
