-- Loops whose branches become part of them: both ways through an `if` and the values that only one of them changes.

-- Each way has its own variables; a third changes rarely, and from an integer to a fraction.
local function count(n)
  local thirds, rest, sevenths = 0, 0, 0
  for i = 1, n do
    if i % 3 == 0 then thirds = thirds + 1 else rest = rest + i end
    if i % 7 == 0 then sevenths = sevenths - 1.5 end
  end
  return thirds, rest, sevenths
end
print(count(1000))

-- A variable that is nothing, a number, a string and a table by turns.
local function turns(n)
  local x, seen = nil, {}
  for i = 1, n do
    local kind = type(x)
    seen[kind] = (seen[kind] or 0) + 1
    local m = i % 5
    if m == 0 then x = nil
    elseif m == 1 then x = i
    elseif m == 2 then x = i + 0.5
    elseif m == 3 then x = "s" .. m
    else x = seen end
  end
  return seen["nil"], seen.number, seen.string, seen.table
end
print(turns(900))

-- What one way stores the other has loaded before the loop: a field, an element, the length, a metatable, an upvalue.
local function stores(n)
  local t, a, sum, extra = { x = 1 }, { 1, 2, 3 }, 0, 0
  for i = 1, n do
    sum = sum + t.x + a[2] + #a + (t.missing or 0)
    if i % 4 == 0 then t.x = t.x + 1 end
    if i % 9 == 0 then a[2] = a[2] + 0.25 end
    if i % 31 == 0 then a[#a + 1] = i end
    if i == n - 60 then t.y = true end
    if i == n - 50 then setmetatable(t, { __index = { missing = 1000 } }) end
    if i == n - 40 then t = { y = 2, x = -1 } end
  end
  return sum, t.x, a[2], #a
end
print(stores(700))

local shared = 0
local function add(by) shared = shared + by end
local function upvalues(n)
  local mine = 0
  local function mine_too(by) mine = mine + by return mine end
  for i = 1, n do
    if i % 2 == 0 then add(i) elseif i % 3 == 0 then mine_too(1) else mine = mine - shared % 3 end
    if mine % 5 == 0 then shared = shared + 1 end
  end
  return mine
end
print(upvalues(800), shared)

-- Objects that one way makes and another looks into, or drops.
local function objects(n)
  local p, sum, kept = { x = 0, y = 0 }, 0, nil
  for i = 1, n do
    local q = { x = i, y = p.x }
    if i % 3 == 0 then
      p = { x = p.x + q.x, y = p.y - 1 }
    elseif i % 5 == 0 then
      kept = q
    else
      sum = sum + q.x - q.y
      q.y = sum
    end
    if i % 50 == 0 and kept then sum = sum + kept.y end
  end
  return p.x, p.y, sum, kept.x
end
print(objects(900))

-- The counter's bounds, with ways that skip rounds or come back.
local function bounds(n)
  local a, hits, i = {}, 0, 1
  for k = 1, n do a[k] = k % 7 end
  for k = 2, n - 1 do
    if a[k] == 3 then a[k - 1] = 9 elseif a[k] > 4 then hits = hits + a[k + 1] else a[k] = a[k] + 0.5 end
  end
  while i <= n do
    if a[i] == 9 then hits = hits + 1 i = i + 3
    elseif a[i] == 6 and hits % 2 == 0 then a[i] = 0 i = i - 2
    else i = i + 1 end
    if i < 1 then i = 1 end
  end
  return hits, a[1], a[n]
end
print(bounds(600))

-- Integers that outgrow 32 bits on one way only, and a zero that loses its sign.
local function growth(n)
  local big, zero, small = 1, 0, 0
  for i = 1, n do
    if i % 6 == 0 then big = big * 2 - i % 5 else small = small - 1 end
    if i % 11 == 0 then zero = zero * -1 end
    if big > 1e15 then big = 1 end
  end
  return big, 1 / zero, small
end
print(growth(700))
--! out: 333	333667	-213
--! out: 180	360	180	180
--! out: 82695.25	9	21.25	25
--! out: -132	160558
--! out: 135450	-300	-20509851	895
--! out: 596	1	5
--! out: -5.6277798208636e+34	-inf	-584
--! jit: min-native-loops 1
