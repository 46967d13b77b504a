-- Yields from deep inside, stacks that grow in coroutines, coroutines in recursion, transfers.
local function down(n) if n == 0 then return coroutine.yield("bottom") end local r = down(n - 1) return r + 1 end
local co = coroutine.create(down)
print(coroutine.resume(co, 3000))
print(coroutine.resume(co, 0))
local function walk(n) if n == 0 then return 1 end return coroutine.wrap(function() return walk(n - 1) + walk(n - 1) end)() end
print(walk(7))
local function many(...) return coroutine.yield(select("#", ...), ...) end
local w = coroutine.wrap(function() local n = 0 while n <= 60 do n = n + select("#", many(unpack({}, 1, n))) end return "enough" end)
local r, v = {}, w()
while v ~= "enough" do r[#r + 1] = v v = w(unpack({}, 1, 10)) end
print(table.concat(r, " "))
-- values of all kinds travel
local echo = coroutine.wrap(function(...) local a = {...} while true do a = {coroutine.yield(unpack(a, 1, a.n or #a))} end end)
print(echo(1, "two", true))
print(echo(false), type(echo({})), type(echo(print)), echo(1.5, -0.5))
-- upvalues of a suspended coroutine are shared with closures outside
local get, set
local c = coroutine.wrap(function() local x = 1 get, set = function() return x end, function(v) x = v end while true do coroutine.yield(x) x = x + 1 end end)
print(c(), get())
set(10)
print(c(), get())
-- varargs and multiple results kept over a yield
local k = coroutine.wrap(function(...)
  local a, b = ..., coroutine.yield()
  local t = {coroutine.yield(a, b), ...}
  return #t, t[1], select("#", ...)
end)
k("p", "q")
print(k("r"))
print(k("s", "t"))
-- a for loop over an iterator that lives in another coroutine
local inner = coroutine.wrap(function() for i = 1, 6 do coroutine.yield(i) end end)
local outer = coroutine.wrap(function() for i in inner do if i % 2 == 0 then coroutine.yield(i * 10) end end end)
print(outer(), outer(), outer(), outer())
print(select("#", coroutine.wrap(function() return unpack({}, 1, 200) end)()))
print(select("#", coroutine.wrap(function(...) return ... end)(unpack({}, 1, 200))))
--! out: true	bottom
--! out: true	3000
--! out: 128
--! out: 0 10 20 30 40 50 60
--! out: 1	two	true
--! out: false	table	function	1.5	-0.5
--! out: 1	1
--! out: 11	11
--! out: p	r
--! out: 3	s	2
--! out: 20	40	60
--! out: 200
--! out: 200
