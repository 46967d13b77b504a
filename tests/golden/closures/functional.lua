-- Closures as data: streams, memoizing, partial application, accumulators in tables.
local function map(t, f) local r = {} for i = 1, #t do r[i] = f(t[i]) end return r end
local function filter(t, f) local r = {} for i = 1, #t do if f(t[i]) then r[#r + 1] = t[i] end end return r end
local function fold(t, f, a) for i = 1, #t do a = f(a, t[i]) end return a end
local list = {}
for i = 1, 20 do list[i] = i end
print(table.concat(map(filter(list, function(x) return x % 3 == 0 end), function(x) return x * x end), " "))
print(fold(list, function(a, b) return a + b end, 0), fold(list, math.max, 0))
local function memoize(f)
  local cache, calls = {}, 0
  return function(x)
    if cache[x] == nil then calls = calls + 1 cache[x] = f(x) end
    return cache[x], calls
  end
end
local mfib
mfib = memoize(function(n) if n < 2 then return n end return (mfib(n - 1)) + (mfib(n - 2)) end)
print(mfib(60))
local function stream(n) return {n, function() return stream(n + 1) end} end
local function sieve(s)
  return {s[1], function()
    local p, rest = s[1], s[2]()
    local function without(r)
      while r[1] % p == 0 do r = r[2]() end
      return {r[1], function() return without(r[2]()) end}
    end
    return sieve(without(rest))
  end}
end
local s, primes = sieve(stream(2)), {}
for i = 1, 10 do primes[i] = s[1] s = s[2]() end
print(table.concat(primes, " "))
local function bind(f, ...)
  local n, args = select("#", ...), {...}
  return function(...)
    local all = {unpack(args, 1, n)}
    for i = 1, select("#", ...) do all[n + i] = (select(i, ...)) end
    return f(unpack(all, 1, n + select("#", ...)))
  end
end
print(bind(string.format, "%s-%s-%s", "a")("b", "c"), bind(math.max, 3, 9)(5), bind(print)())
local function church(n) return function(f) return function(x) for i = 1, n do x = f(x) end return x end end end
local function add(a, b) return function(f) return function(x) return a(f)(b(f)(x)) end end end
print(add(church(3), church(4))(function(x) return x + 1 end)(0))
--! out: 9 36 81 144 225 324
--! out: 210	20
--! out: 1548008755920	61
--! out: 2 3 5 7 11 13 17 19 23 29
--! out:
--! out: a-b-c	9
--! out: 7
