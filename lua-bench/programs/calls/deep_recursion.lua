-- Recursion thousands of calls deep: walks over lists and trees that are not tail calls.
--! check: 15036025200
local rounds = tonumber((...) or 1200)

local function build(n)
  if n == 0 then return nil end
  return { value = n, rest = build(n - 1) }
end

local function sum(list)
  if not list then return 0 end
  return list.value + sum(list.rest)
end

local function depth(list)
  if not list then return 0 end
  local below = depth(list.rest)
  if below % 2 == 0 then return below + 1 end
  return 1 + below
end

local total = 0
for round = 1, rounds do
  local list = build(5000 + round % 10)
  total = total + sum(list) + depth(list)
end
print("check: " .. total)
