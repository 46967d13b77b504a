-- Counts words of a text that it makes itself: gmatch, string keys made at run time, a final sort.
--! check: ken 707 1110
local rounds = tonumber((...) or 400)

local syllables = { "la", "mi", "ro", "tu", "ken", "shi", "or", "ba", "du", "fel" }
local seed = 77
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local words = {}
for i = 1, 20000 do
  local word = {}
  for j = 1, random(3) do word[j] = syllables[random(#syllables)] end
  words[i] = table.concat(word)
end
local text = table.concat(words, " ") .. "."

local counts
for _ = 1, rounds do
  counts = {}
  for word in text:gmatch("%a+") do
    counts[word] = (counts[word] or 0) + 1
  end
end

local order = {}
for word in pairs(counts) do order[#order + 1] = word end
table.sort(order, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
print("check: " .. order[1] .. " " .. counts[order[1]] .. " " .. #order)
