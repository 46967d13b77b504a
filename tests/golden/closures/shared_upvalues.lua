-- Closures of one activation share variables; closures of different activations do not.
local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end, function(v) n = v end
end
local inc, get, set = counter()
local inc2, get2 = counter()
print(inc(), inc(), get(), get2(), inc2(), get())
set(100)
print(inc(), get(), get2())
local function pair(v)
  return {get = function() return v end, set = function(x) v = x end}
end
local p, q = pair(1), pair("a")
p.set(2)
print(p.get(), q.get())
-- three levels
local function outer(a)
  return function(b)
    return function(c)
      a, b = a + 1, b + 10
      return a, b, c
    end
  end
end
local mid = outer(1)
local f, g = mid(2), mid(3)
print(f("x"))
print(g("y"))
print(f("z"))
-- a parameter that is assigned, captured before and after
local function captured(x)
  local before = function() return x end
  x = x * 2
  local after = function() return x end
  x = x + 1
  return before(), after(), x
end
print(captured(5))
-- captured and never assigned afterwards
local function constant(x)
  local y = x * 2
  return function() return x + y end
end
print(constant(3)(), constant(4)())
-- shared between a closure and the enclosing function's own later reads
do
  local total = 0
  local function add(n) total = total + n end
  for i = 1, 10 do add(i) end
  print(total)
  total = total * 2
  add(1)
  print(total)
end
--! out: 1	2	2	0	1	2
--! out: 101	101	1
--! out: 2	a
--! out: 2	12	x
--! out: 3	13	y
--! out: 4	22	z
--! out: 11	11	11
--! out: 9	12
--! out: 55
--! out: 111
