-- Tables as arrays: reading, writing, appending, inserting, removing, `#`, `ipairs`.
--! check: 90604257
local rounds = tonumber((...) or 300)
local LENGTH = 20000

-- Appends by `#t + 1`.
local function fill(seed)
  local t = {}
  for i = 1, LENGTH do t[#t + 1] = (i * seed) % 1009 end
  return t
end

local function reverse(t)
  local low, high = 1, #t
  while low < high do
    t[low], t[high] = t[high], t[low]
    low, high = low + 1, high - 1
  end
end

local function running_sums(t)
  for i = 2, #t do t[i] = (t[i] + t[i - 1]) % 65521 end
end

-- Appends and removes at the end, as a stack does.
local function stack(t)
  local sum = 0
  for i = 1, LENGTH / 4 do table.insert(t, i) end
  for _ = 1, LENGTH / 2 do sum = sum + table.remove(t) end
  return sum
end

-- Inserts at, and removes from, the middle of a short array.
local function shuffle_middle(t)
  local short = {}
  for i = 1, 40 do short[i] = t[i] end
  for i = 1, 200 do
    table.insert(short, i % 40 + 1, i)
    table.remove(short, (i * 7) % 40 + 1)
  end
  return short[1] + short[20] + short[40]
end

local check = 0
for round = 1, rounds do
  local t = fill(round)
  reverse(t)
  running_sums(t)
  local sum = stack(t) + shuffle_middle(t)
  for i, v in ipairs(t) do sum = sum + v * (i % 3) end
  check = (check * 31 + sum) % 1000000007
end

print(string.format("check: %d", check))
