-- Variables that only the rare ways through a loop read and write: their types are checked once, before the loop.
local function count(from, n)
  local odd, rest = from, 0
  for i = 1, n do
    if i % 3 == 0 then odd = odd + 1 else rest = rest + i end
  end
  return odd, rest
end
for _ = 1, 5 do count(0, 200) end
print(count(0, 200), count(0.5, 200))
--! out: 66	66.5	13467
-- Another type at the beginning, which the same arithmetic takes.
print((count("10", 200)))
--! out: 76
local nan = count(0 / 0, 200)
print(nan ~= nan)
--! out: true
print(type((count({}, 2))))
--! out: table

-- Another type that comes about in the loop.
local function mixed(n, at)
  local last, changes = 0, 0
  for i = 1, n do
    if i % 4 == 1 then
      if i > at then last = "no more" else last = last + i end
    elseif i % 4 == 2 then
      changes = changes + 1
    end
  end
  return last, changes
end
for _ = 1, 5 do mixed(200, 1000) end
print(mixed(200, 1000))
--! out: 4950	50
print(mixed(200, 100))
--! out: no more	50

-- A register that one branch fills and the next one reads: what it holds before the loop is anything.
local function temporary(n, seed)
  local sum = 0
  for i = 1, n do
    if i % 2 == 0 then
      local double = seed and i * 2 or "none"
      if i % 6 == 0 then sum = sum + double end
    end
    do local other = i % 5 == 0 and {} or i end
  end
  return sum
end
for _ = 1, 5 do temporary(300, true) end
print(temporary(300, true))
--! out: 15300
