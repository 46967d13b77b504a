-- The calls of a sequence are the rounds of a loop: it goes on from one to the next in native code, and whatever its step asks for
-- instead, raises or yields comes out as in the interpreter.
local function shuffled(n, seed)
  local t = {}
  for i = 1, n do seed = seed * 16807 % 2147483647 t[i] = seed % 1000 end
  return t
end
local function checked(t, less)
  for i = 2, #t do if less(t[i], t[i - 1]) then return "not sorted" end end
  return #t
end
local function descending(a, b) return a > b end
for round = 1, 3 do
  local t = shuffled(200, round)
  table.sort(t, descending)
  print(checked(t, descending), t[1] >= t[200])
end

-- Both ways of a branch, with captured variables that count.
local records, compared = {}, 0
for i, n in ipairs(shuffled(150, 77)) do records[i] = {score = n % 10, id = i} end
table.sort(records, function(a, b)
  compared = compared + 1
  if a.score ~= b.score then return a.score < b.score end
  return a.id < b.id
end)
print(records[1].score, records[150].score, compared > 150)

-- Operands whose `__lt` the sort itself calls.
local Version = {}
Version.__lt = function(a, b) return a.n < b.n end
local versions = {}
for i, n in ipairs(shuffled(100, 5)) do versions[i] = setmetatable({n = n}, Version) end
table.sort(versions)
print(checked(versions, Version.__lt))

-- Errors: of the callee, of the step behind a call, and of a comparator that contradicts itself.
print(pcall(table.sort, shuffled(100, 1), function(a, b) if a == b then error("equal", 0) end return a < b end) )
local calls = 0
print(pcall(table.sort, shuffled(100, 2), function(a, b)
  calls = calls + 1
  if calls == 90 then error("at " .. calls, 2) end
  return a < b
end))
print(select(2, pcall(table.sort, shuffled(100, 3), function() return true end)))
local mixed = {}
for i = 1, 100 do mixed[i] = setmetatable({n = i}, Version) end
mixed[60] = 7
print(select(2, pcall(table.sort, mixed)))
local text = ("word "):rep(60)
print(pcall(string.gsub, text, "%a+", function() calls = calls + 1 if calls == 140 then return {} end return "x" end))

-- Results: none, several, nil and false; captures as arguments.
print((text:gsub("(%a)(%a+)", function() end) == text))
local n = 0
print(#(text:gsub("(%a)(%a+)", function(a, b) n = n + 1 return n % 3 == 0 and b .. a, a, b end)))
print((("x"):rep(80):gsub("x", function() n = n + 1 if n % 2 == 0 then return false end return n % 10 end)))
print((("abcd"):rep(30):gsub("()", function(at) if at % 4 == 1 then return "|" end end)))
print(table.foreach(shuffled(100, 9), function(k, v) n = n + v if k == 80 then return k, "ignored" end end), n)
print(table.foreachi(shuffled(100, 9), function(k, v) n = n - v end), n)

-- Nested, recursive, collecting, changing the table that is sorted.
local depth = 0
local function nested(a, b)
  if depth < 2 then
    depth = depth + 1
    local inner = {3, 1, 2, a % 5, b % 5}
    table.sort(inner, nested)
    depth = depth - 1
  end
  return a < b
end
local t = shuffled(20, 6)
table.sort(t, nested)
print(checked(t, function(a, b) return a < b end))
local garbage
t = shuffled(100, 8)
table.sort(t, function(a, b) garbage = {a, b, garbage and garbage[1]} if a % 40 == 0 then collectgarbage() end return a < b end)
print(checked(t, function(a, b) return a < b end))
local places = shuffled(100, 10)
local extra = 0
table.sort(places, function(a, b) extra = extra + 1 places["k" .. extra % 7] = a return a < b end)
print(#places, places.k3 ~= nil)

-- Where the callee sees itself: its callers, and who called.
local seen
table.foreachi(shuffled(80, 11), function(i) if i == 70 then seen = debug.getinfo(2, "S").what .. " " .. debug.getinfo(1, "S").what end end)
print(seen)

-- The same function called otherwise in between.
local function add(a, b) n = n + 1 return a < b end
for i = 1, 40 do
  add(1, 2)
  table.sort({3, 2, 1, i}, add)
  pcall(add, 1, 2)
end
print(n)
--! out: 200	true
--! out: 200	true
--! out: 200	true
--! out: 0	9	true
--! out: 100
--! out: false	equal
--! out: false	at 90
--! out: invalid order function for sorting
--! out: attempt to compare table with number
--! out: false	invalid replacement value (a table)
--! out: true
--! out: 300
--! out: 1x3x5x7x9x1x3x5x7x9x1x3x5x7x9x1x3x5x7x9x1x3x5x7x9x1x3x5x7x9x1x3x5x7x9x1x3x5x7x9x
--! out: |abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|abcd|
--! out: 80	38872
--! out: nil	-9623
--! out: 20
--! out: 100
--! out: 100	true
--! out: C Lua
--! out: -9301
--! jit: min-native-loops 1
