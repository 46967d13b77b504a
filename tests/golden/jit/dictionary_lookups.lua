-- Native look-ups in dictionaries: every kind of key, absent ones, and dictionaries that are replaced while the loop runs.
local function dictionary(n)
  local t = {}
  for i = 1, n do t["k" .. i] = i end
  return t
end

-- Present and absent in turn; values of several types.
local t = dictionary(200)
local found, sum = 0, 0
for i = 1, 400 do
  local v = t["k" .. i]
  if v then found, sum = found + 1, sum + v end
end
print(found, sum)
for i = 1, 200, 3 do t["k" .. i] = nil end
for i = 2, 200, 3 do t["k" .. i] = "s" .. i end
local kinds = { number = 0, string = 0, ["nil"] = 0 }
for i = 1, 210 do
  local kind = type(t["k" .. i])
  kinds[kind] = kinds[kind] + 1
end
print(kinds.number, kinds.string, kinds["nil"])

-- Long strings are equal by content, and come where short ones have come before.
local long = string.rep("x", 50)
t[long] = "long"
local keys = {}
for i = 1, 200 do keys[i] = i % 50 == 49 and string.rep("x", 50) or "k" .. 3 * (i % 40 + 1) end
local longs, shorts = 0, 0
for i = 1, 200 do
  local v = t[keys[i]]
  if v == "long" then longs = longs + 1 elseif v then shorts = shorts + v end
  if v == "long" then t[keys[i]] = "long" else t[keys[i]] = v + 1 end
end
print(longs, shorts, t[long], t.k3, t.k120)

-- The loop replaces the dictionary that it reads.
local growing, reads = dictionary(100), 0
for i = 1, 2000 do
  reads = reads + growing["k" .. (i % 100 + 1)]
  growing["new" .. i] = i
  growing["k" .. (i % 100 + 1)] = i
end
local n = 0
for _ in pairs(growing) do n = n + 1 end
print(reads, n, growing.k7, growing.new1999)

-- Other objects, booleans, integers outside of array parts.
local objects, marks = {}, {}
for i = 1, 50 do objects[i] = i % 3 == 0 and {} or i % 3 == 1 and function() return i end or "key" end
for round = 1, 20 do
  for i = 1, 50 do
    local key = objects[i]
    marks[key] = (marks[key] or 0) + 1
  end
end
local counts = {}
for _, count in pairs(marks) do counts[count] = (counts[count] or 0) + 1 end
print(counts[20], counts[320], marks.key, marks[1], marks[true])
local flags = { [true] = 0, [false] = 0 }
for i = 1, 300 do flags[i % 7 < 3] = flags[i % 7 < 3] + 1 end
print(flags[true], flags[false])
local sparse = { [-1] = 0, [1000000] = 0, [-77] = 0 }
for i = 1, 300 do
  local key = i % 3 == 0 and -1 or i % 3 == 1 and 1000000 or -77
  sparse[key] = sparse[key] + i
  if sparse[-i * 2] then sum = sum + 1 end
end
print(sparse[-1], sparse[1000000], sparse[-77], sum)

-- Metatables whose handlers lie in dictionaries.
local handlers = dictionary(150)
function handlers.__index(_, key) return key .. "!" end
function handlers.__add(a, b) return a.n + b.n end
local x, y = setmetatable({ n = 1 }, handlers), setmetatable({ n = 2 }, handlers)
local text, total = "", 0
for i = 1, 200 do
  if i == 150 then handlers.__add = function(a, b) return a.n * b.n * 100 end end
  total = total + (x + y)
  text = x.missing
end
print(text, total)

-- No dictionary at first, one later.
local function get(holder, key) return holder[key] end
local late, seen = {}, 0
for i = 1, 200 do
  if get(late, x) then seen = seen + 1 end
  if i == 120 then late[x] = true end
end
print(seen)
--! out: 200	20100
--! out: 66	67	77
--! out: 4	12384	long	8	124
--! out: 1811000	2100	1906	1999
--! out: 33	nil	340	nil	nil
--! out: 128	172
--! out: 15150	14950	15050	20100
--! out: missing!	10647
--! out: 80
--! jit: min-native-loops 6
