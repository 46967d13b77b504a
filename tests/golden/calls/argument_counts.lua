-- Fixed parameters against too few, too many and multiple-result arguments, in all call shapes.
local log = {}
local function f0() return "f0" end
local function f1(a) return a end
local function f3(a, b, c) return tostring(a) .. tostring(b) .. tostring(c) end
local function mr(n) if n == 0 then return end return n, mr(n - 1) end
print(f0(), f0(1, 2), f1(), f1(1, 2))
print(f3(), f3(1), f3(1, 2), f3(1, 2, 3), f3(1, 2, 3, 4))
for n = 0, 5 do print(n, f3(mr(n)), f3("x", mr(n)), f3("x", "y", "z", mr(n)), select("#", mr(n))) end
local function swap(a, b) return b, a end
print(swap(swap(1, 2)), swap(swap(swap(1, 2))))
local function vf(a, ...) return a, select("#", ...) end
print(vf(), vf(1), vf(1, 2))
print(vf(mr(4)))
local t = {mr(3), mr(3)}
print(#t, t[1], t[2], t[3], t[4])
t = {[1] = "x", mr(2)}
print(t[1], t[2])
local function redefine(a) a = a or "default" return a end
print(redefine(), redefine(false), redefine(0))
local function out(...) log[#log + 1] = select("#", ...) return ... end
print(out(out(out(1, 2), 3), 4))
print(unpack(log))
local function id(...) return ... end
local r = {id(id(), id(1, 2), id(3, 4))}
print(#r, r[1], r[2], r[3], r[4])
print(#{id(), id()}, #{(id())}, #{id(nil, 2)})
--! out: f0	f0	nil	1
--! out: nilnilnil	1nilnil	12nil	123	123
--! out: 0	nilnilnil	xnilnil	xyz	0
--! out: 1	1nilnil	x1nil	xyz	1
--! out: 2	21nil	x21	xyz	2
--! out: 3	321	x32	xyz	3
--! out: 4	432	x43	xyz	4
--! out: 5	543	x54	xyz	5
--! out: 1	2	1
--! out: nil	1	1	1
--! out: 4	3
--! out: 4	3	3	2	1
--! out: 2	1
--! out: default	default	0
--! out: 1	4
--! out: 2	2	2
--! out: 4	nil	1	3	4
--! out: 0	0	2
