-- Tables with integer keys far apart, negative and fractional keys, and a sieve over a sparse set.
--! check: 379085060
local rounds = tonumber((...) or 60)

local check = 0
for round = 1, rounds do
  local sparse = {}
  for i = 1, 40000 do sparse[(i * 104729) % 1000003] = i end
  for i = 1, 40000 do sparse[-i] = i end
  for i = 1, 10000 do sparse[i + 0.5] = round end
  for i = 1, 1000003, 11 do check = check + (sparse[i] or 0) end
  for i = -40000, 0, 3 do check = check + (sparse[i] or 0) end
  for i = 1, 10000 do check = check + sparse[i + 0.5] end
  check = check % 1000000007
end
print("check: " .. check)
