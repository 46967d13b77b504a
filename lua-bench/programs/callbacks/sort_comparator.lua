-- `table.sort`, with and without a comparison function. Every order is total, so that VMs that sort
-- in different ways end alike.
--! check: 573421473
--! quick: 5 400849187
local rounds = tonumber((...) or 35)
local COUNT = 5000

local seed = 42
local function random(limit)
  seed = seed * 16807 % 2147483647
  return seed % limit
end

local function records()
  local list = {}
  for i = 1, COUNT do list[i] = { id = i, score = random(500), name = "n" .. random(100000) } end
  return list
end

local function mix(list, field)
  local sum = 0
  for i = 1, #list, 7 do sum = (sum * 31 + list[i][field]) % 1000000007 end
  return sum
end

local check = 0
for _ = 1, rounds do
  local list = records()
  table.sort(list, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    return a.id < b.id
  end)
  check = (check + mix(list, "id")) % 1000000007

  table.sort(list, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.id < b.id
  end)
  check = (check * 3 + mix(list, "id")) % 1000000007

  local scores, names = {}, {}
  for i, record in ipairs(list) do
    scores[i] = record.score * 10000 + record.id
    names[i] = record.name .. record.id
  end
  table.sort(scores)
  table.sort(names)
  check = (check * 5 + scores[COUNT / 2] + #names[1] + names[COUNT]:byte(2)) % 1000000007
  table.sort(scores, function(a, b) return a > b end)
  check = (check * 7 + scores[COUNT / 4]) % 1000000007
end

print(string.format("check: %d", check))
