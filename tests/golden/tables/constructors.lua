-- Constructors of all sorts: positional, named, computed, mixed, nested, with calls and nil.
local function two() return "x", "y" end
local t = {1, 2, 3, n = "named", [10] = "ten", ["key with blanks"] = true, 4}
print(#t, t[4], t.n, t[10], t["key with blanks"])
print(#{}, #{nil}, #{1}, #{two()}, #{two(), two()}, #{(two())}, #{two(), nil})
t = {[1] = "explicit", "positional"}
print(t[1])
t = {"positional", [1] = "explicit"}
print(t[1])
t = {x = 1, x = 2, ["x"] = 3}
print(t.x)
t = {{1, 2}, {3, {4, 5}}, sub = {sub = {sub = "deep"}}}
print(t[1][2], t[2][2][1], t.sub.sub.sub)
t = {f = function(x) return x * 2 end, [two()] = "only first", [1 + 1] = "two", [-1] = "minus", [0] = "zero", [1.5] = "frac"}
print(t.f(4), t.x, t[2], t[-1], t[0], t[1.5])
t = {1; 2, 3; n = 3,}
print(#t, t.n)
t = {nil, nil, 3}
print(t[1], t[2], t[3])
local i = 0
local function nexti() i = i + 1 return i end
t = {nexti(), nexti(), a = nexti(), nexti(), [nexti()] = nexti()}
print(t[1], t[2], t[3], t.a, i)
local big = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
  31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, two()}
print(#big, big[50], big[51], big[61], big[62])
t = {[true] = 1, [false] = 2, [print] = 3}
print(t[true], t[false], t[print])
print(pcall(loadstring("return {[nil] = 1}", "=c")))
print(pcall(loadstring("return {[0/0] = 1}", "=c")))
local function make(a, b) return {a = a, b = b, a, b} end
local p, q = make(1, 2), make(3, 4)
p.a = 10
print(p.a, q.a, p[1], q[2], #p)
print(#{...}, #{n = ...}, #{{}, {}, {{}}})
local s = {}
for k = 1, 3 do s[k] = {k, k * k, name = "n" .. k} end
print(s[1].name, s[2][2], s[3].name, s[1] ~= s[2])
--! out: 4	4	named	ten	true
--! out: 0	0	1	2	3	1	1
--! out: positional
--! out: positional
--! out: 3
--! out: 2	4	deep
--! out: 8	only first	two	minus	zero	frac
--! out: 3	3
--! out: nil	nil	3
--! out: 1	2	4	3	6
--! out: 62	50	51	x	y
--! out: 1	2	3
--! out: false	c:1: table index is nil
--! out: false	c:1: table index is NaN
--! out: 10	3	1	4	2
--! out: 0	0	3
--! out: n1	4	n3	true
