-- All expressions are evaluated before any assignment; lists are adjusted to the number of targets.
local a, b, c = 1, 2, 3
a, b = b, a
print(a, b)
a, b, c = c, a, b
print(a, b, c)
a, b = 10
print(a, b)
a, b = 1, 2, 3
print(a, b)
local function three() return 1, 2, 3 end
a, b, c = three()
print(a, b, c)
a, b, c = 0, three()
print(a, b, c)
a, b, c = three(), 0
print(a, b, c)
a, b, c = (three())
print(a, b, c)
local t = {}
t[1], t[2], t[3] = three()
print(t[1], t[2], t[3])
local i = 1
i, t[i] = i + 1, 20
print(i, t[1], t[2])
t.x, t.y = 1, t.x
print(t.x, t.y)
local p = {n = 1}
p, p.n = nil, 5
print(p)
t = {1, 2, 3}
t[1], t[2], t[3] = t[3], t[1], t[2]
print(t[1], t[2], t[3])
x, y, z = 1, 2
print(x, y, z)
x, y = y, x
print(x, y)
local log = {}
local function e(name, value) log[#log + 1] = name return value end
local d = {}
d[e("k1", 1)], d[e("k2", 2)] = e("v1", 10), e("v2", 20)
print(table.concat(log, " "), d[1], d[2])
do
  local a = {}
  local i = 3
  i, a[i] = i + 1, 20
  print(i, a[3], a[4])
end
local function v(...) local a, b = ... return a, b end
print(v(), v(1), v(1, 2, 3))
--! out: 2	1
--! out: 3	2	1
--! out: 10	nil
--! out: 1	2
--! out: 1	2	3
--! out: 0	1	2
--! out: 1	0	nil
--! out: 1	nil	nil
--! out: 1	2	3
--! out: 2	20	2
--! out: 1	nil
--! out: nil
--! out: 3	1	2
--! out: 1	2	nil
--! out: 2	1
--! out: k1 k2 v1 v2	10	20
--! out: 4	20	nil
--! out: nil	1	1	2
