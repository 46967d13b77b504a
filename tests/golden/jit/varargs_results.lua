-- Varargs, multiple results and table packing in hot loops.
local function count(...) return select("#", ...) end
local function spread(n) if n == 0 then return end if n == 1 then return 1 end if n == 2 then return 1, 2 end return 1, 2, 3 end
local s = 0
for i = 1, 200 do s = s + count(spread(i % 4)) end
print(s)
s = 0
for i = 1, 200 do local a, b, c = spread(i % 4) s = s + (a or 10) + (b or 20) + (c or 30) end
print(s)
local t = {5, 6, 7}
s = 0
for i = 1, 100 do local a, b, c = unpack(t) s = s + a + b * c t[2] = t[2] + 1 end
print(s)
s = 0
for i = 1, 100 do local p = {spread(i % 4)} s = s + #p end
print(s)
local function sum(...) local r = 0 local a = {...} for i = 1, #a do r = r + a[i] end return r end
local function sum2(a, ...) if a == nil then return 0 end return a + sum2(...) end
s = 0
for i = 1, 60 do s = s + sum(i, i, i) + sum2(1, 2, i) + sum() end
print(s)
local function pass(...) return ... end
s = 0
for i = 1, 100 do s = s + count(pass(i, nil, pass(nil, i))) + (pass(i, 2)) end
print(s)
local function head_tail(h, ...) return h, count(...) end
s = 0
for i = 1, 100 do local h, n = head_tail(i, i, i) s = s + h * n end
print(s)
s = 0
for i = 1, 100 do s = s + select(i % 3 + 1, 10, 20, 30) + select("#", unpack(t, 1, i % 5)) end
print(s)
local function minmax(...) return math.min(...), math.max(...) end
s = 0
for i = 1, 100 do local lo, hi = minmax(i, 50, 100 - i) s = s + hi - lo end
print(s)
local function curry(f, ...) local a = {...} return function(...) local b = {unpack(a)} for i = 1, select("#", ...) do b[#b + 1] = (select(i, ...)) end return f(unpack(b)) end end
local c = curry(math.max, 1, 2)
s = 0
for i = 1, 50 do s = s + c(i, 25) end
print(s)
local function swap(a, b) return b, a end
local x, y = 1, 2
for i = 1, 101 do x, y = swap(x, y) end
print(x, y)
local function loop_va(...) local r = 0 for i = 1, 50 do for j = 1, select("#", ...) do local v = select(j, ...) r = r + v end end return r end
print(loop_va(1, 2, 3), loop_va(), loop_va(5))
--! out: 300
--! out: 7500
--! out: 39350
--! out: 150
--! out: 7500
--! out: 5450
--! out: 10100
--! out: 2200
--! out: 5000
--! out: 1575
--! out: 2	1
--! out: 300	0	250
--! jit: min-native-loops 1
