-- Eratosthenes over a table of booleans, again and again: array stores at a stride, and a count.
--! check: 23980000
local rounds = tonumber((...) or 2500)
local LIMIT = 100000

local function sieve(flags)
  for i = 2, LIMIT do flags[i] = true end
  local i = 2
  while i * i <= LIMIT do
    if flags[i] then
      for multiple = i * i, LIMIT, i do flags[multiple] = false end
    end
    i = i + 1
  end
  local count, last = 0, 0
  for candidate = 2, LIMIT do
    if flags[candidate] then
      count = count + 1
      last = candidate
    end
  end
  return count, last
end

local flags = { false }
local total, last = 0, 0
for _ = 1, rounds do
  local count
  count, last = sieve(flags)
  total = total + count
end
print(string.format("last prime: %d", last))
print(string.format("check: %d", total))
