-- Quicksort and binary search written in Lua: array swaps behind comparisons that go either way.
--! check: 615015077
--! quick: 1 31058200
local rounds = tonumber((...) or 20)
local size = 200000

local floor = math.floor

local function quicksort(items, first, last)
  while first < last do
    local pivot = items[floor((first + last) / 2)]
    local i, j = first, last
    while i <= j do
      while items[i] < pivot do i = i + 1 end
      while pivot < items[j] do j = j - 1 end
      if i <= j then
        items[i], items[j] = items[j], items[i]
        i, j = i + 1, j - 1
      end
    end
    -- The shorter part by a call, the longer one by going round.
    if j - first < last - i then
      quicksort(items, first, j)
      first = i
    else
      quicksort(items, i, last)
      last = j
    end
  end
end

local function find(items, wanted)
  local low, high = 1, #items
  while low < high do
    local middle = floor((low + high) / 2)
    if items[middle] < wanted then low = middle + 1 else high = middle end
  end
  return low
end

local seed, check = 1, 0
for _ = 1, rounds do
  local items = {}
  for i = 1, size do
    seed = (seed * 16807) % 2147483647
    items[i] = seed % 1000003
  end
  quicksort(items, 1, size)
  for wanted = 1, 1000000, 97 do check = (check + find(items, wanted)) % 1000000007 end
end
print("check: " .. check)
