-- Tables as maps: string keys, scattered integer keys, insertion, deletion, `pairs` and `next`.
--! check: 249105098
--! quick: 80 891747581
local rounds = tonumber((...) or 600)
local COUNT = 4000

local words = {}
for i = 1, COUNT do words[i] = "key" .. i * 7919 % 100003 end

-- What a sum in any order makes the same.
local function total(t)
  local sum, entries = 0, 0
  for key, value in pairs(t) do
    sum = sum + value
    if type(key) == "number" then sum = sum + key % 10 else sum = sum + #key end
    entries = entries + 1
  end
  return sum, entries
end

local check, entries = 0, 0
for round = 1, rounds do
  -- String keys: inserted, counted up, a third deleted, looked up whether there or not.
  local by_word = {}
  for i = 1, COUNT do by_word[words[i]] = i end
  for pass = 1, 3 do
    for i = 1, COUNT, pass do
      local word = words[i]
      by_word[word] = by_word[word] + pass
    end
  end
  for i = 1, COUNT, 3 do by_word[words[i]] = nil end
  local missing = 0
  for i = 1, COUNT do
    if by_word[words[i]] == nil then missing = missing + 1 end
  end

  -- Integer keys far apart, never an array.
  local by_number = {}
  for i = 1, COUNT do by_number[i * 7919 * round % 1000003] = i end
  local hits = 0
  for i = 1, 2 * COUNT do
    if by_number[i * 7919 * round % 1000003] then hits = hits + 1 end
  end

  -- Emptied one key at a time.
  local emptied = 0
  while true do
    local key = next(by_word)
    if key == nil or emptied == 50 then break end
    by_word[key] = nil
    emptied = emptied + 1
  end
  for i = 1, COUNT do by_word[words[i]] = i % 100 end

  local word_sum, word_count = total(by_word)
  local number_sum, number_count = total(by_number)
  entries = entries + word_count + number_count
  check = (check * 31 + word_sum + number_sum + missing + hits + emptied) % 1000000007
end

print(string.format("entries: %d", entries))
print(string.format("check: %d", check))
