-- `next` called by name in hot loops: over every part of a table, with removals, to the end, with too few and too many results wanted.
local mixed = { 10, 20, 30, name = "n", size = 4 }
for i = 1, 20 do mixed["k" .. i] = i end
mixed[-1], mixed[2.5], mixed[true] = 1, 2, 3

local function walk(t)
  local n, sum = 0, 0
  local key, value = next(t)
  while key ~= nil do
    n = n + 1
    if type(value) == "number" then sum = sum + value end
    key, value = next(t, key)
  end
  return n, sum
end
local n, sum = 0, 0
for _ = 1, 60 do
  local a, b = walk(mixed)
  n, sum = n + a, sum + b
end
print(n, sum, walk({}), walk({ 1, nil, 3 }))

-- Emptied from the front: what was removed is passed over.
local emptied, left = 0, {}
for i = 1, 300 do left["key" .. i] = i end
while true do
  local key = next(left)
  if key == nil then break end
  emptied = emptied + left[key]
  left[key] = nil
end
print(emptied, next(left))

-- Removed while walking.
for i = 1, 200 do left[i] = i left["s" .. i] = i end
local key, kept = nil, 0
repeat
  key = next(left, key)
  if key and left[key] % 2 == 0 then left[key] = nil elseif key then kept = kept + left[key] end
until key == nil
print(kept, (walk(left)))

-- Is a table empty? One result, two, three, all of them, none.
local function is_empty(t) return next(t) == nil end
local function first(t) return next(t) end
local empty, tables = 0, { {}, { 1 }, { x = 2 }, {} }
local count, thirds, keys = 0, 0, 0
for i = 1, 200 do
  local t = tables[i % 4 + 1]
  if is_empty(t) then empty = empty + 1 end
  count = count + select("#", first(t))
  local k, v, third = next(t)
  if third then thirds = thirds + 1 end
  if k == "x" and v == 2 then keys = keys + 1 end
  next(t)
end
print(empty, count, thirds, keys)

-- A key that the table does not have is an error, also where there is no next key either.
local function try(t, k)
  local found = 0
  for i = 1, 100 do
    local k2 = next(t, i < 90 and (i % 2 == 0 and "b" or nil) or k)
    if k2 then found = found + 1 end
  end
  return found
end
print(try({ b = 1 }, "b"), try({ a = 1, b = 2 }, "a"))
print(pcall(try, { b = 1 }, "missing"))
print(pcall(try, { b = 1, c = 2 }, {}))
--! out: 1680	16800	0	2	4
--! out: 45150	nil
--! out: 20000	200
--! out: 100	300	0	50
--! out: 0	56
--! out: false	invalid key to 'next'
--! out: false	invalid key to 'next'
--! jit: min-native-loops 4
