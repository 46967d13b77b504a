-- Many captured variables of several levels, some assigned, some not, in one function.
local function build(a, b, c)
  local d, e = a + b, b + c
  local f
  local function inner(x)
    local g = d * x
    f = (f or 0) + g
    return function(y)
      e = e + y
      g = g + 1
      return a, b, c, d, e, f, g, x, y
    end
  end
  c = c * 2
  return inner, function() return a, b, c, d, e, f end
end
local inner, look = build(1, 2, 3)
print(look())
local k = inner(10)
print(k(1))
print(k(2))
local k2 = inner(20)
print(k2(3))
print(k(4))
print(look())
-- the same slot captured by different closures in different iterations, one of them shared
local shared = 0
local fs = {}
for i = 1, 4 do
  local own = i
  fs[i] = function(d) own = own + d shared = shared + own return own, shared end
end
for round = 1, 2 do for i = 1, 4 do io.write(table.concat({fs[i](round)}, ","), " ") end end
print()
-- upvalues of a vararg function and of the main chunk
local main = "main"
local function va(...)
  local n = select("#", ...)
  local first = ...
  return function() main = main .. n return main, n, first end
end
print(va(1, nil, 3)())
print(va()())
-- function values compared: each evaluation makes its own closure of variables
local function maker(x) return function() return x end end
local m1, m2 = maker(1), maker(1)
print(m1 == m1, m1 ~= nil, m1() == m2())
--! out: 1	2	6	3	5	nil
--! out: 1	2	6	3	6	30	31	10	1
--! out: 1	2	6	3	8	30	32	10	2
--! out: 1	2	6	3	11	90	61	20	3
--! out: 1	2	6	3	15	90	33	10	4
--! out: 1	2	6	3	15	90
--! out: 2,2 3,5 4,9 5,14 4,18 5,23 6,29 7,36 
--! out: main3	3	1
--! out: main30	0	nil
--! out: true	true	true
