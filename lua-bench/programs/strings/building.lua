-- Strings built piece by piece: growing by `..`, through a table, by rep, reverse, upper and sub.
--! check: 29865287
--! quick: 500 2325279
local rounds = tonumber((...) or 6000)

local check = 0
for round = 1, rounds do
  local grown = ""
  for i = 1, 300 do grown = grown .. (i % 10) .. "," end
  local parts = {}
  for i = 1, 300 do parts[#parts + 1] = "item" .. i .. "=" .. i * round end
  local joined = table.concat(parts, ";")
  local turned = joined:reverse():upper()
  local cut = 0
  for i = 1, #turned - 8, 8 do
    if turned:sub(i, i + 1) == "=1" then cut = cut + 1 end
  end
  check = (check + #grown + #joined + cut + #(("-"):rep(round % 50))) % 1000000007
end
print("check: " .. check)
