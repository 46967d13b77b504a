-- Functions of any number of arguments: `...` counted, chosen from, packed, unpacked and passed on.
--! check: 130192557
local n = tonumber((...) or 400000)
local unpack = unpack or table.unpack
local select = select

local function sum_packed(...)
  local sum = 0
  local list = { ... }
  for i = 1, #list do sum = sum + list[i] end
  return sum
end

local function sum_selected(...)
  local sum = 0
  for i = 1, select("#", ...) do sum = sum + select(i, ...) end
  return sum
end

-- Recursion that drops one argument at a time.
local function greatest(first, ...)
  if select("#", ...) == 0 then return first end
  local rest = greatest(...)
  return first > rest and first or rest
end

local function forward(f, ...) return f(...) end

local function rotate(first, ...)
  local list = { ... }
  list[#list + 1] = first
  return unpack(list)
end

local check = 0
for i = 1, n do
  local a, b, c, d = i % 10, i % 7, i % 5, i % 3
  local value = sum_packed(a, b, c, d) + 2 * sum_selected(a, b, c, d) + 3 * greatest(a, b, c, d)
  value = value + forward(sum_selected, rotate(a, b, c)) + select("#", forward(rotate, a, b, c, d, nil))
  local first, second = forward(forward, rotate, c, d)
  check = (check * 31 + value + 5 * first + 7 * second) % 1000000007
end

print(string.format("check: %d", check))
