-- Reverse complements of DNA: a byte table, string.byte and string.char over many values, and gsub with a table.
--! check: 28700
local rounds = tonumber((...) or 400)

local complement = {}
for from, to in ("ATCGTAGC"):gmatch("(.)(.)") do complement[from] = to end

local seed, letters = 42, {}
for i = 1, 30000 do
  seed = (seed * 3877 + 29573) % 139968
  letters[i] = ("ACGT"):sub(seed % 4 + 1, seed % 4 + 1)
end
local dna = table.concat(letters)

local check = 0
for round = 1, rounds do
  local by_table = dna:reverse():gsub("[ACGT]", complement)
  local by_byte = {}
  for i = #dna, 1, -1 do by_byte[#by_byte + 1] = complement[dna:sub(i, i)] end
  assert(table.concat(by_byte) == by_table)
  check = (check + by_table:byte(round) + select(2, by_table:gsub("GATTACA", ""))) % 1000003
end
print("check: " .. check)
