-- Calls in hot loops: small functions, several levels, multiple results, varargs, recursion, tail calls, library.
local function sq(x) return x * x end
local function hyp(a, b) return sq(a) + sq(b) end
local s = 0
for i = 1, 300 do s = s + hyp(i, i + 1) end
print(s)
local function two(x) return x, x + 1 end
local function swap(a, b) return b, a end
local t = 0
for i = 1, 200 do local a, b = swap(two(i)) t = t + a * 2 - b end
print(t)
local function va(...) return select("#", ...) + (... or 0) end
local v = 0
for i = 1, 100 do v = v + va(i) + va() + va(i, i) end
print(v)
local function sum(...) local r = 0 for i = 1, select("#", ...) do r = r + (select(i, ...)) end return r end
local w = 0
for i = 1, 50 do w = w + sum(i, i * 2, i * 3) end
print(w)
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(16))
local function tail(n, a) if n == 0 then return a end return tail(n - 1, a + n) end
local x = 0
for i = 1, 50 do x = x + tail(i, 0) end
print(x)
local function cond(i) if i % 2 == 0 then return "even" end return "odd", i end
local e, o = 0, 0
for i = 1, 100 do local k, n = cond(i) if k == "even" then e = e + 1 else o = o + n end end
print(e, o)
local function noresult() end
local nils = 0
for i = 1, 100 do local r = noresult(i) if r == nil then nils = nils + 1 end end
print(nils)
local function default(a, b) b = b or 10 return a + b end
local d = 0
for i = 1, 100 do d = d + default(i) + default(i, i) end
print(d)
local function choose(i) if i % 3 == 0 then return sq end if i % 3 == 1 then return function(x) return -x end end return math.abs end
local c = 0
for i = 1, 120 do c = c + choose(i)(i) end
print(c)
local function ack(m, n) if m == 0 then return n + 1 end if n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
print(ack(2, 6))
local function pass(f, ...) return f(...) end
local q = 0
for i = 1, 100 do q = q + pass(math.max, i, 50) + pass(hyp, 1, i) end
print(q)
--! out: 18180700
--! out: 20500
--! out: 10400
--! out: 7650
--! out: 987
--! out: 22100
--! out: 50	2500
--! out: 100
--! out: 16150
--! out: 199300
--! out: 15
--! out: 344725
--! jit: min-native-loops 1
