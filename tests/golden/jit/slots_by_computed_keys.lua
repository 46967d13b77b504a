-- Records indexed by computed strings: present and absent keys, and records that become something else while the loop runs.
local names = { "alpha", "beta", "gamma", "delta", "epsilon" }

-- Counting, with a new record of counts each time; long strings are no slots' keys.
local long = string.rep("l", 50)
local all = { "alpha", "beta", "gamma", long }
for round = 1, 3 do
  local counts = {}
  for i = 1, 200 do
    local name = all[i % #all + 1]
    counts[name] = (counts[name] or 0) + round
  end
  print(counts.alpha, counts.beta, counts.gamma, counts[long])
end

-- The record gets a key between two looks at it, by the key that is looked for or by another one.
local before, after = 0, 0
for i = 1, 300 do
  local r = { alpha = i, beta = 1 }
  local name = names[i % 5 + 1]
  before = before + (r[name] or 1000)
  r.gamma = 10
  r[name] = i
  after = after + r[name] + (r.gamma or 0)
end
print(before, after)

-- The same value is written by a name of the text and by a computed one, in what may be one table.
local function both(a, b, n)
  local sum = 0
  for i = 1, n do
    local name = names[i % 2 + 1]
    a[name] = i
    b.alpha = -i
    sum = sum + a[name]
    b[name] = i * 2
    sum = sum + a.alpha
  end
  return sum
end
local one = { alpha = 0, beta = 0 }
print(both(one, one, 200), both({ alpha = 0, beta = 0 }, { alpha = 0, beta = 0 }, 200))

-- Absent keys are nil until there is a metatable to ask; so are those that were removed.
local defaults = setmetatable({}, { __index = function(_, k) return #k end })
local record, sum = { alpha = 1, beta = 2, delta = 3 }, 0
for i = 1, 400 do
  if i == 200 then setmetatable(record, { __index = defaults }) end
  if i == 300 then record.alpha = nil end
  sum = sum + (record[names[i % 5 + 1]] or 100)
end
print(sum)

-- `__newindex` is asked for what the record lacks only.
local asked = 0
local target = setmetatable({ alpha = 1, beta = 2 }, { __newindex = function() asked = asked + 1 end })
local plain = { alpha = 1, beta = 2 }
for i = 1, 300 do
  local t = i % 3 == 0 and target or plain
  local name = names[i % 3 + 1]
  if t[name] then t[name] = t[name] + 1 else t[name] = nil end
  if i > 250 then target[name] = 5 end
end
print(asked, target.alpha, target.beta, target.gamma, plain.alpha, plain.beta, plain.gamma)

-- Enough keys make a dictionary of it; and records of many shapes take turns.
local growing = {}
for i = 1, 400 do
  local name = "key" .. i % (1 + i / 10)
  growing[name] = (growing[name] or 0) + 1
end
local n, total = 0, 0
for _, v in pairs(growing) do n, total = n + 1, total + v end
print(n > 16, total)
local records = {}
for i = 1, 12 do
  records[i] = {}
  for j = 1, i do records[i][names[(i * j) % 5 + 1]] = i + j end
end
sum = 0
for i = 1, 600 do
  local r = records[i % 12 + 1]
  local name = names[i % 5 + 1]
  sum = sum + (r[name] or 1)
  if r[name] then r[name] = i % 7 end
end
print(sum)

-- Values are kept alive by the records that they are stored in.
local kept = { alpha = {}, beta = {}, gamma = {} }
for i = 1, 3000 do
  kept[names[i % 3 + 1]] = { i, tostring(i) }
  if i % 500 == 0 then collectgarbage() end
end
print(kept.alpha[1], kept.beta[2], kept.gamma[2])
--! out: 50	50	50	50
--! out: 100	100	100	100
--! out: 150	150	150	150
--! out: 189210	56520
--! out: 10100	40100
--! out: 9044
--! out: 17	5	5	nil	1	102	nil
--! out: true	400
--! out: 1861
--! out: 3000	2998	2999
--! jit: min-native-loops 8
