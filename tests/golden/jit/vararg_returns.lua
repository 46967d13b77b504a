-- Traces that begin in vararg functions and return into their callers, from frames with different numbers of arguments.

local function sum(first, ...)
  local total = first
  for i = 1, select("#", ...) do total = total + (select(i, ...)) end
  return total
end

-- Its hot exit is behind a branch: the side trace begins in the vararg frame, and returns below it.
local function pick(which, ...)
  local a, b = ...
  if which % 3 == 0 then return a end
  if which % 3 == 1 then return b, a end
  return select("#", ...), ...
end

local function gather(i)
  local x, y, z = pick(i, i, i + 1)
  return (x or 0) + (y or 0) * 2 + (z or 0) * 3
end

local check = 0
for i = 1, 600 do check = check + gather(i) + sum(i, i % 2, i % 3) end
print(check)

-- As many arguments as the round says: the frames lie at different places.
local function count(n, ...)
  if n == 0 then return select("#", ...) end
  return count(n - 1, n, ...)
end
local total = 0
for i = 1, 300 do total = total + count(i % 7) end
print(total)

-- The caller is a vararg function too, and goes on with its own arguments.
local function outer(...)
  local got = pick((...), 10, 20)
  return got + select("#", ...), (...)
end
local left, right = 0, 0
for i = 1, 400 do
  local a, b = outer(i, nil, nil)
  left, right = left + a, right + b
end
print(left, right)

-- A recursive walk through a vararg function, with results that it passes on.
local function walk(depth, ...)
  if depth == 0 then return 1, ... end
  local here, there = walk(depth - 1, depth)
  return here + depth, there, ...
end
local sum_of = 0
for i = 1, 200 do
  local a, b, c = walk(i % 5, "x")
  sum_of = sum_of + a + (tonumber(b) or 0) + (c and 1 or 0)
end
print(sum_of)
--! out: 722900
--! out: 903
--! out: 5476	80200
--! out: 1320
