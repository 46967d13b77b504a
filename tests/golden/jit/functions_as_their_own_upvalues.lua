-- Functions that call themselves by an upvalue: made again and again, assigned anew half-way, and given to one another.
local function maker(step)
  local function sum(n)
    if n <= 0 then return 0 end
    return n + sum(n - step)
  end
  return sum
end
local total = 0
for i = 1, 300 do total = total + maker(i % 3 + 1)(60) end
print(total)

-- The variable gets another function while the first one is running through it.
local walk
local function other(n) if n == 0 then return 1000 end return walk(n - 1) end
local first = function(n)
  if n == 0 then return 1 end
  return walk(n - 1) + walk(n - 1)
end
walk = first
print(walk(10))
local results = {}
for round = 1, 200 do
  if round == 120 then walk = other end
  if round == 160 then walk = first end
  results[#results + 1] = first(5)
end
print(results[1], results[119], results[120], results[159], results[160], results[200])

-- Two closures of one prototype, each of which may call itself or the other.
local function pair(weight)
  local self, partner
  self = function(n, swap)
    if n == 0 then return weight end
    if n % swap == 0 then return partner(n - 1, swap) * 2 end
    return self(n - 1, swap) + weight
  end
  return self, function(f) partner = f end
end
local a, join_a = pair(1)
local b, join_b = pair(10)
join_a(b)
join_b(a)
total = 0
for i = 1, 300 do total = (total + a(20, 30) + a(20, 7) + b(9, 4)) % 1000003 end
print(total)

-- A recursive tail call, and one that fails at its end: the trace back is the interpreter's.
local function down(n, acc) if n == 0 then return acc end return down(n - 1, acc + n) end
print(down(20000, 0))
local function fail(n) if n == 0 then error("bottom", 0) end return 1 + fail(n - 1) end
for _ = 1, 200 do assert(not pcall(fail, 5)) end
print(pcall(fail, 50))
local function depth(n) return 1 + depth(n + 1) end
print(select(2, pcall(depth, 1)):match("stack overflow") ~= nil)
--! out: 339000
--! out: 1024
--! out: 32	32	2000	2000	32	32
--! out: 105300
--! out: 200010000
--! out: false	bottom
--! out: true
