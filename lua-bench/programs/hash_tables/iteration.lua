-- pairs, ipairs and next over arrays, records and dictionaries of many sizes.
--! check: 848304000
local rounds = tonumber((...) or 18000)

local tables = {}
for size = 1, 40 do
  local mixed = { size = size, name = "t" .. size }
  for i = 1, size do
    mixed[i] = i
    mixed["k" .. i] = i * 2
  end
  tables[size] = mixed
end

local sum = 0
for _ = 1, rounds do
  for i = 1, #tables do
    local t = tables[i]
    for _, value in ipairs(t) do sum = sum + value end
    for key, value in pairs(t) do
      if type(value) == "number" then sum = sum + value else sum = sum + #key end
    end
    local key, value = next(t)
    while key do
      if key == "k3" then break end
      key, value = next(t, key)
    end
    sum = (sum + (value or 0)) % 1000000007
  end
end
print("check: " .. sum)
