-- The table library in hot loops: insert and remove at both ends and in the middle, concat, unpack, sort without a comparator.
--! check: 80430170
local rounds = tonumber((...) or 12000)

local insert, remove, concat, sort = table.insert, table.remove, table.concat, table.sort
local unpack = unpack or table.unpack

local seed, check = 13, 0
for round = 1, rounds do
  local stack, queue, items = {}, {}, {}
  for i = 1, 200 do
    seed = (seed * 16807) % 2147483647
    insert(stack, seed)
    insert(items, seed % 1000)
    if i % 4 == 0 then insert(queue, 1, i) end
  end
  sort(items)
  local a, b, c = unpack(items, 1, 3)
  while #queue > 0 do check = check + remove(queue, 1) end
  while #stack > 100 do check = check + remove(stack) % 7 end
  check = (check + a + b + c + items[100] + #concat(items, ",")) % 1000000007
end
print("check: " .. check)
