-- Coroutines as generators: ranges, permutations, tree walks, pipelines, primes.
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local s = 0
for i in gen(100) do s = s + i end
print(s)
local function permgen(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(a) else
    for i = 1, n do
      a[n], a[i] = a[i], a[n]
      permgen(a, n - 1)
      a[n], a[i] = a[i], a[n]
    end
  end
end
local out = {}
for p in coroutine.wrap(function() permgen{1, 2, 3, 4} end) do out[#out + 1] = table.concat(p) end
print(#out, out[1], out[12], out[24])
local function filter(p, g) return coroutine.wrap(function() for x in g do if x % p ~= 0 then coroutine.yield(x) end end end) end
local function sieve(n)
  local g = coroutine.wrap(function() for i = 2, n do coroutine.yield(i) end end)
  local primes = {}
  while true do
    local p = g()
    if not p then return primes end
    primes[#primes + 1] = p
    g = filter(p, g)
  end
end
print(table.concat(sieve(60), " "))
local function producer(n) return coroutine.create(function() for i = 1, n do coroutine.yield("item" .. i) end end) end
local function mapper(src, f)
  return coroutine.create(function()
    while true do
      local ok, v = coroutine.resume(src)
      if not v then return end
      coroutine.yield(f(v))
    end
  end)
end
local chain = mapper(mapper(producer(4), string.upper), function(v) return v .. "!" end)
while true do
  local _, v = coroutine.resume(chain)
  if not v then break end
  io.write(v, " ")
end
print()
local function fibs() return coroutine.wrap(function() local a, b = 0, 1 while true do coroutine.yield(a) a, b = b, a + b end end) end
local f, list = fibs(), {}
for i = 1, 20 do list[i] = f() end
print(table.concat(list, " "))
local function zip(a, b) return coroutine.wrap(function() while true do local x, y = a(), b() if not x or not y then return end coroutine.yield(x, y) end end) end
for x, y in zip(gen(3), fibs()) do io.write(x, "/", y, " ") end
print()
local function same_fringe(t1, t2)
  local function leaves(t) return coroutine.wrap(function() local function go(t) if type(t) == "table" then go(t[1]) go(t[2]) else coroutine.yield(t) end end go(t) end) end
  local g1, g2 = leaves(t1), leaves(t2)
  while true do
    local a, b = g1(), g2()
    if a ~= b then return false end
    if a == nil then return true end
  end
end
print(same_fringe({{1, 2}, {3, 4}}, {1, {2, {3, 4}}}), same_fringe({1, {2, 3}}, {{1, 3}, 2}))
--! out: 5050
--! out: 24	2341	1432	1234
--! out: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59
--! out: ITEM1! ITEM2! ITEM3! ITEM4! 
--! out: 0 1 1 2 3 5 8 13 21 34 55 89 144 233 377 610 987 1597 2584 4181
--! out: 1/0 2/1 3/1 
--! out: true	false
