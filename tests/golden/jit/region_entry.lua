-- What a region finds out before its loop: that holds for rounds that come to it only later, or never, and may be otherwise on the next entry.

-- Short loops, whose first round goes either way.
local function count(list, from, to, limit)
  local low, high = 0, 0
  for i = from, to do
    if list[i] < limit.low then low = low + 1
    elseif list[i] > limit.high then high = high + limit.weight end
  end
  return low, high
end
local list = {}
for i = 1, 40 do list[i] = i * 7 % 10 end
local limit = { low = 3, high = 6, weight = 2 }
local a, b = 0, 0
for round = 1, 400 do
  local low, high = count(list, round % 8 + 1, round % 8 + 1 + round % 5, limit)
  a, b = a + low, b + high
end
print(a, b)

-- On a later entry: a field of another type, a table of another shape, and one that lacks what only some rounds ask for.
print(count(list, 1, 40, { low = 3, high = 6, weight = "2" }))
print(count(list, 1, 40, { weight = 2, extra = true, high = 6, low = 3 }))
print(count(list, 1, 2, { low = 8, high = 9 }))
print((select(2, pcall(count, list, 1, 40, { low = 3, high = 6 })):gsub("^.-: ", "")))

-- The first round's index is out of bounds, which the loop asks before it indexes.
local function pairs_of_equals(list, first, last)
  local found, odd = 0, 0
  for i = first, last do
    if i > 3 then
      if list[i] == list[i - 3] then found = found + 1 elseif list[i - 3] % 2 == 1 then odd = odd + 1 end
    end
  end
  return found, odd
end
local values = {}
for i = 1, 60 do values[i] = i % 4 == 0 and 5 or i % 3 end
local found, odd = 0, 0
for round = 1, 200 do
  local f, o = pairs_of_equals(values, round % 6 - 2, 30 + round % 9)
  found, odd = found + f, odd + o
end
print(found, odd)

-- An element is known to be there only by what a varying index says of the size.
local function guarded(list, n)
  local sum = 0
  for i = 4, n do
    if list[i] then sum = sum + list[i] + list[2] else sum = sum - 1 end
  end
  return sum
end
local total = 0
for round = 1, 300 do total = total + guarded(values, 4 + round % 70) end
print(total, guarded({}, 30), guarded({ 1 }, 3))

-- A field that a round adds is read further on; the object may be another's.
local function fill(objects, n, other)
  local sum = 0
  for i = 1, n do
    local object = objects[i]
    if object.x > 2 then
      object.seen = i
      sum = sum + other.x + (other.seen or 0)
    else
      object.other = i
      sum = sum - other.x
    end
  end
  return sum
end
local sums = 0
for round = 1, 120 do
  local objects = {}
  for i = 1, 12 do objects[i] = { x = (i + round) % 5 } end
  sums = sums + fill(objects, 12, objects[round % 12 + 1])
end
print(sums)

-- What the loop overwrites it must not have read before; and a variable's first value counts, not that of the round before.
local state = { mode = "up", level = 0 }
local function run(n, start)
  local before, flips = start, 0
  for i = 1, n do
    if state.mode == "up" then
      state.level = state.level + 1
      if state.level % 7 == 0 then state.mode = "down" end
    else
      state.level = state.level - 2
      if state.level < 1 then state.mode = "up"; flips = flips + 1 end
    end
    if before ~= state.mode then flips = flips + 10 end
    before = state.mode
  end
  return flips
end
local flips = 0
for round = 1, 150 do flips = flips + run(round % 13, round % 2 == 0 and "up" or nil) end
print(flips, state.mode, state.level)
--! out: 330	740
--! out: 12	24
--! out: 12	24
--! out: 2	0
--! out: attempt to perform arithmetic on field 'weight' (a nil value)
--! out: 3108	2066
--! out: 39389	-27	0
--! out: 148
--! out: 5933	up	-2
--! jit: min-native-loops 5
