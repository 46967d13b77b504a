-- Dictionaries in hot loops: entries found once and used again, keys that come and go, growth, and integer keys that move to the array part.
local words = {}
for i = 1, 120 do words[i] = "w" .. i end

local counts = {}
for pass = 1, 6 do
  for i = 1, #words do
    local word = words[i * pass % 120 + 1]
    counts[word] = (counts[word] or 0) + pass
  end
end
local sum, n = 0, 0
for _, v in pairs(counts) do sum, n = sum + v, n + 1 end
print(sum, n, counts.w1, counts.w7, counts.w120)

-- One key all along the loop, another one of the same table beside it, and a nil in between.
for i = 1, 200 do
  counts.w1 = counts.w1 + 1
  counts["w2"] = counts.w1
  if i == 150 then counts.w2 = nil end
  if i > 150 then counts.w3 = (counts.w3 or 0) + (counts.w2 and 1 or 100) end
end
print(counts.w1, counts.w2, counts.w3)

-- The dictionary grows while an entry is in use.
local grown = { }
for i = 1, 40 do grown["g" .. i] = 0 end
for i = 1, 300 do
  grown.g1 = grown.g1 + 1
  grown["new" .. i] = i
  grown.g1 = grown.g1 + 1
end
print(grown.g1, grown.new1, grown.new300)

-- Removed and stored again.
local flags = {}
for i = 1, 100 do flags[words[i]] = true end
for i = 1, 1000 do
  local word = words[i * 7 % 100 + 1]
  if flags[word] then flags[word] = nil else flags[word] = i end
end
n = 0
for i = 1, 120 do if flags[words[i]] then n = n + 1 end end
print(n, flags.w8, flags.w101)

-- Objects as keys; long strings, equal but not the same.
local objects, seen = {}, {}
for i = 1, 50 do objects[i] = {} end
for i = 1, 500 do
  local object = objects[i * i % 50 + 1]
  seen[object] = (seen[object] or 0) + 1
end
n = 0
for _, count in pairs(seen) do n = n + count end
print(n, seen[objects[1]], seen[objects[3]], seen[objects])
local long = {}
for i = 1, 60 do long["short" .. i] = i end
for i = 1, 300 do
  local key = string.rep("long key ", 8) .. i % 5
  long[key] = (long[key] or 0) + 1
end
print(long[string.rep("long key ", 8) .. 3], long.short60)

-- Scattered integers; then the keys in between come, and with them the array part.
local scattered = {}
for i = 1, 100 do scattered[i * 1000] = i end
sum = 0
for i = 1, 100000 do
  local v = scattered[i]
  if v then sum = sum + v end
end
print(sum)
for pass = 1, 3 do
  for i = 1, 100 do scattered[i * 1000] = scattered[i * 1000] + pass end
end
print(scattered[1000], scattered[100000], #scattered)
local moving = { [3] = 0, [4] = 1, [50] = 2 }
for i = 1, 200 do
  moving[4] = moving[4] + 1
  if i == 100 then moving[1], moving[2] = "one", "two" end
  moving[50] = moving[4] * 2
end
print(#moving >= 4, moving[1], moving[3], moving[4], moving[50])
local negative = {}
for i = 1, 300 do negative[-(i % 10)] = (negative[-(i % 10)] or 0) + i end
print(negative[0], negative[-1], negative[-9], negative[1])

-- Reads behind the end of an array that has no dictionary, then one.
local list = { 1, 2, 3 }
n = 0
for i = 1, 300 do
  if list[4] == nil then n = n + 1 end
  if list[-1] then n = n + 1000 end
  if i == 200 then list[-1] = true end
  if i == 250 then list[4] = 4 end
end
print(n)

-- A metatable comes to a dictionary in use.
local watched = {}
for i = 1, 60 do watched["k" .. i] = i end
local missing = 0
for i = 1, 400 do
  local key = "k" .. i % 80
  if i == 300 then
    setmetatable(watched, { __index = function() return 1000 end, __newindex = function() missing = missing + 1 end })
  end
  watched[key] = watched[key] or nil
  if i % 80 > 60 then missing = missing + (watched[key] or 1) end
end
print(missing, rawget(watched, "k70"))

-- Tables of all sizes filled by one loop: named fields first, then dictionaries.
local total = 0
for size = 1, 60 do
  local t = {}
  for i = 1, size do t[words[i]] = i end
  for i = size, 1, -1 do total = total + t[words[i]] * size end
  if size % 7 == 0 then setmetatable(t, { __newindex = error }) t[words[1]] = 0 end
end
print(total)
--! out: 2520	120	91	50	1
--! out: 291	291	55
--! out: 600	1	300
--! out: 100	901	nil
--! out: 500	50	nil	nil
--! out: 60	60
--! out: 5050
--! out: 7	106	0
--! out: true	one	0	201	402
--! out: 4650	4380	4620	nil
--! out: 100250
--! out: 38097	nil
--! out: 1711355
--! jit: min-native-loops 5
