-- A function that is the only closure of its prototype is a constant to native code, with what it has captured.

-- The chunk's second run makes another closure of each function.
local chunk = loadstring [[
  local k = ...
  local function add(x) return x + k end
  local function sum(n)
    local s = 0
    for i = 1, n do s = s + add(i) end
    return s
  end
  return add, sum
]]
local add, sum = chunk(1)
print(sum(200))
local other_add, other_sum = chunk(1000)
print(other_sum(200), sum(200), other_sum(200), sum(200))

-- The same caller with one, then the other.
local function apply(f, n)
  local s = 0
  for i = 1, n do s = s + f(i) end
  return s
end
print(apply(add, 200), apply(other_add, 200), apply(add, 200))

-- What `debug.setupvalue` gives it is seen. (A chunk that names that function captures otherwise.)
local set = debug["set" .. "upvalue"]
local k = 5
local function plus(x) return x + k end
print(apply(plus, 200))
print(set(plus, 1, 7), apply(plus, 200))
print(set(plus, 1, "9"), apply(plus, 200))

-- It calls itself, and one that is another only from some round on.
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
local calls = 0
local function count() calls = calls + 1 return calls end
local function twice() calls = calls + 2 return calls end
local now = count
local function step() return now() end
local s = 0
for i = 1, 300 do
  if i == 200 then now = twice end
  s = s + step() + depth(i % 7)
end
print(s, calls)

-- Functions of one prototype made in a loop of a main chunk.
local fs = {}
for i = 1, 3 do fs[i] = function(x) return x * i end end
s = 0
for i = 1, 300 do s = s + fs[i % 3 + 1](i) end
print(s)
--! out: 20300
--! out: 220100	20300	220100	20300
--! out: 20300	220100	20300
--! out: 21100
--! out: k	21500
--! out: k	21900
--! out: 51204	401
--! out: 90200
--! jit: min-native-loops 3
