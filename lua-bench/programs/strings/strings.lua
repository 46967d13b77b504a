-- Strings built and taken apart: `..`, `table.concat`, `sub`, `byte`, `char`, `rep`, `reverse`, `upper`.
--! check: 954201514
local rounds = tonumber((...) or 30000)

local function sum_bytes(s)
  local sum = 0
  for i = 1, #s do sum = (sum * 31 + s:byte(i)) % 65521 end
  return sum
end

-- A line grown by `..`, one short piece at a time.
local function grow(round)
  local line = ""
  for i = 1, 40 do line = line .. (round + i) % 10 .. "," end
  return line
end

-- The same number of pieces, joined once.
local function join(round)
  local pieces = {}
  for i = 1, 40 do pieces[i] = "w" .. (round * i) % 100 end
  return table.concat(pieces, " ")
end

-- A shift of every letter, by `byte` and `char`.
local function caesar(s, shift)
  local out = {}
  for i = 1, #s do
    local c = s:byte(i)
    if c >= 97 and c <= 122 then c = (c - 97 + shift) % 26 + 97 end
    out[i] = string.char(c)
  end
  return table.concat(out)
end

-- Windows of three characters; how many are the same forwards and backwards.
local function palindromes(s)
  local found = 0
  for i = 1, #s - 2 do
    local window = s:sub(i, i + 2)
    if window == window:reverse() then found = found + 1 end
  end
  return found
end

local check, mirrored, length = 0, 0, 0
for round = 1, rounds do
  local line = grow(round)
  local joined = join(round)
  local secret = caesar("the quick brown fox " .. round, round % 26)
  local long = ("ab"):rep(round % 20 + 1) .. secret:upper()
  mirrored = mirrored + palindromes(line)
  length = length + #line + #joined + #secret + #long
  check = (check * 7 + sum_bytes(joined) + sum_bytes(secret) + sum_bytes(long)) % 1000000007
end

print(string.format("mirrored %d, length %d", mirrored, length))
print(string.format("check: %d", check))
