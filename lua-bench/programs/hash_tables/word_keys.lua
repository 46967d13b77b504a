-- String-keyed dictionaries: lookups with computed keys, inserts, updates and deletes in turn.
--! check: 26050000000
--! quick: 250 2136437500
local rounds = tonumber((...) or 2500)

local names = {}
for i = 1, 5000 do names[i] = "name_" .. (i * 7919) % 100003 end

local total = 0
for round = 1, rounds do
  local ages = {}
  for i = 1, #names do ages[names[i]] = i end
  for i = 1, #names, 2 do ages[names[i]] = ages[names[i]] + round end
  for i = 1, #names, 3 do ages[names[i]] = nil end
  for i = 1, #names do total = total + (ages[names[i]] or 1) end
end
print("check: " .. total)
