-- Prefix reversals over every permutation: short integer loops that swap elements of small arrays.
--! check: 22169434
local size = tonumber((...) or 10)

-- How often the first `p[1]` elements are reversed until the first is 1. `p` is a scratch copy.
local function count_flips(p)
  local flips = 0
  local first = p[1]
  while first ~= 1 do
    local low, high = 1, first
    while low < high do
      p[low], p[high] = p[high], p[low]
      low, high = low + 1, high - 1
    end
    flips = flips + 1
    first = p[1]
  end
  return flips
end

local permutation, scratch, counter = {}, {}, {}
for i = 1, size do
  permutation[i] = i
  counter[i] = 1
end

local total, most, seen = 0, 0, 0
local function visit()
  for i = 1, size do scratch[i] = permutation[i] end
  local flips = count_flips(scratch)
  total = total + flips
  seen = seen + 1
  if flips > most then most = flips end
end

-- Heap's algorithm without recursion: each permutation differs from the one before by one swap.
visit()
local i = 2
while i <= size do
  local count = counter[i]
  if count < i then
    local other = i % 2 == 1 and 1 or count
    permutation[other], permutation[i] = permutation[i], permutation[other]
    counter[i] = count + 1
    i = 2
    visit()
  else
    counter[i] = 1
    i = i + 1
  end
end

print(string.format("permutations: %d", seen))
print(string.format("most flips: %d", most))
print(string.format("check: %d", total))
