-- `...` in every position, select, unpack, and the compatibility table `arg` of 5.1.
local function count(...) return select("#", ...) end
local function pack(...) return {n = select("#", ...), ...} end
local p = pack(1, nil, 3, nil)
print(p.n, p[1], p[2], p[3], p[4])
print(count(), count(nil), count(...), count(1, ...))
local function first(...) local a = ... return a end
local function rest(_, ...) return ... end
print(first(7, 8), first(), rest(1, 2, 3), count(rest(1)))
local function mixed(a, b, ...) return a, b, count(...), ... end
print(mixed())
print(mixed(1))
print(mixed(1, 2))
print(mixed(1, 2, 3, 4))
print((select(2, "a", "b", "c")), select(-1, "a", "b", "c"))
print(select(3, "a", "b", "c"), select(4, "a", "b", "c"))
print(select(-2, "a", "b", "c"))
print(pcall(select, 0), pcall(select, -5, 1))
print(unpack({1, 2, 3}), (unpack({1, 2, 3})))
print(unpack({1, 2, 3}, 2), unpack({1, 2, 3}, 2, 3), unpack({}, 1, 3))
print(count(unpack({}, 1, 100)), count(unpack({1, nil, 3}, 1, 3)), count(unpack({1}, 5)))
local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...)) end
  return s
end
print(sum(), sum(1), sum(1, 2, 3, 4, 5))
local function tail(...) if select("#", ...) == 0 then return "end" end return tail(select(2, ...)) end
print(tail(1, 2, 3))
local function compat(a, ...) return arg.n, arg[1], arg[2], type(arg), a end
print(compat(1, 2, 3))
print(compat())
local function iterate(...)
  local out = {}
  for i, v in ipairs({...}) do out[i] = v * 2 end
  return unpack(out)
end
print(iterate(1, 2, 3))
local function assign(...) local a, b, c = ..., "last" return a, b, c end
print(assign(1, 2))
local function inner(...)
  local f = function(...) return ... end
  return f(...), f(1, ...)
end
print(inner("x", "y"))
local big = {}
for i = 1, 240 do big[i] = i end
print(count(unpack(big)), sum(unpack(big)), select(240, unpack(big)))
print(math.max(unpack(big)), #string.char(unpack(big, 65, 90)))
print((function(...) return select("#", ...) end)(unpack(big, 1, 200)))
print(table.concat({(function(...) return ... end)(1, 2, 3)}, "+"))
print(pcall(function(...) return ... end, 1, nil, 2))
--! out: 4	1	nil	3	nil
--! out: 0	1	0	1
--! out: 7	nil	2	0
--! out: nil	nil	0
--! out: 1	nil	0
--! out: 1	2	0
--! out: 1	2	2	3	4
--! out: b	c
--! out: c
--! out: b	c
--! out: false	false	bad argument #1 to '?' (index out of range)
--! out: 1	1
--! out: 2	2	nil	nil	nil
--! out: 100	3	0
--! out: 0	1	15
--! out: end
--! out: 2	2	3	table	1
--! out: 0	nil	nil	table	nil
--! out: 2	4	6
--! out: 1	last	nil
--! out: x	1	x	y
--! out: 240	28920	240
--! out: 240	26
--! out: 200
--! out: 1+2+3
--! out: true	1	nil	2
