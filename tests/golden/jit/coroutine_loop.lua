-- Coroutines resumed and yielding in hot loops, hot loops inside coroutines, switches in mid-iteration.
local gen = coroutine.wrap(function() local i = 0 while true do i = i + 1 coroutine.yield(i * 2) end end)
local s = 0
for i = 1, 200 do s = s + gen() end
print(s)
local co = coroutine.create(function(a) local t = 0 for i = 1, 300 do t = t + a * i if i % 100 == 0 then a = coroutine.yield(t) end end return "done", t end)
print(coroutine.resume(co, 1)) print(coroutine.resume(co, 2)) print(coroutine.resume(co, 3)) print(coroutine.resume(co, 4))
local n = 0
for v in coroutine.wrap(function() for i = 1, 100 do coroutine.yield(i) end end) do n = n + v end
print(n)
local a = coroutine.wrap(function() local x = 0 for i = 1, 1000 do x = x + i coroutine.yield(x) end end)
local b = coroutine.wrap(function() local x = 1 for i = 1, 1000 do x = x * 1.01 coroutine.yield(x) end end)
local r = 0
for i = 1, 100 do r = r + a() if i % 3 == 0 then r = r - math.floor(b()) end end
print(r)
local made = 0
for i = 1, 60 do local c = coroutine.create(function(x) local y = coroutine.yield(x + 1) return y * 2 end) local _, v = coroutine.resume(c, i) local _, w = coroutine.resume(c, v) made = made + w end
print(made)
local total = 0
local function visit(n) if n == 0 then return end total = total + n coroutine.yield(n) visit(n - 1) end
for i = 1, 10 do for v in coroutine.wrap(function() visit(i) end) do total = total + v end end
print(total)
local shared = 0
local workers = {}
for i = 1, 5 do workers[i] = coroutine.create(function() for k = 1, 20 do local before = shared coroutine.yield() shared = before + 1 end end) end
for round = 1, 21 do for i = 1, 5 do coroutine.resume(workers[i]) end end
print(shared)
local status = {}
for i = 1, 20 do local c = coroutine.create(function() if i % 4 == 0 then error("x", 0) end if i % 2 == 0 then coroutine.yield() end end) coroutine.resume(c) local st = coroutine.status(c) status[st] = (status[st] or 0) + 1 end
print(status.dead, status.suspended)
local function filter(p, g) return coroutine.wrap(function() while true do local v = g() if v % p ~= 0 then coroutine.yield(v) end end end) end
local src = coroutine.wrap(function() local i = 1 while true do i = i + 1 coroutine.yield(i) end end)
local primes = {}
for i = 1, 12 do local p = src() primes[i] = p src = filter(p, src) end
print(table.concat(primes, " "))
--! out: 40200
--! out: true	5050
--! out: true	35150
--! out: true	110300
--! out: true	done	110300
--! out: 5050
--! out: 171667
--! out: 3780
--! out: 440
--! out: 20
--! out: 15	5
--! out: 2 3 5 7 11 13 17 19 23 29 31 37
--! jit: min-native-loops 1
