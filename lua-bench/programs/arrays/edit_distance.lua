-- Edit distances between words: dynamic programming over two rows that take turns.
--! check: 1919573
local rounds = tonumber((...) or 5000)

local byte, min = string.byte, math.min

local function distance(a, b)
  local before, row = {}, {}
  for j = 0, #b do before[j] = j end
  for i = 1, #a do
    row[0] = i
    local letter = byte(a, i)
    for j = 1, #b do
      local cost = letter == byte(b, j) and 0 or 1
      row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + cost)
    end
    before, row = row, before
  end
  return before[#b]
end

local words, seed = {}, 5
for i = 1, 24 do
  local letters = {}
  for j = 1, 20 + i % 7 do
    seed = (seed * 16807) % 2147483647
    letters[j] = string.char(97 + seed % 6)
  end
  words[i] = table.concat(letters)
end

local total = 0
for round = 1, rounds do
  local a = words[1 + round % #words]
  for i = 1, #words do total = total + distance(a, words[i]) end
end
print("check: " .. total)
