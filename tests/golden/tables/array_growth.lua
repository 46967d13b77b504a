-- Arrays filled forwards, backwards, from the middle, with gaps filled later; the border where it is unique.
local function check(name, t, n)
  local s = 0
  for i = 1, n do s = s + t[i] end
  print(name, #t, s, t[0], t[n + 1])
end
local t = {}
for i = 1, 100 do t[i] = i end
check("forward", t, 100)
t = {}
for i = 100, 1, -1 do t[i] = i end
check("backward", t, 100)
t = {}
for i = 50, 100 do t[i] = i end
for i = 49, 1, -1 do t[i] = i end
check("middle", t, 100)
t = {}
for i = 1, 100, 2 do t[i] = i end
for i = 2, 100, 2 do t[i] = i end
check("odd then even", t, 100)
t = {}
for i = 1, 64 do t[(i * 27) % 64 + 1] = (i * 27) % 64 + 1 end
check("scattered", t, 64)
t = {}
for i = 1, 40 do t[#t + 1] = #t + 1 end
check("appended", t, 40)
for i = 40, 21, -1 do t[i] = nil end
check("shrunk", t, 20)
for i = 21, 30 do t[i] = i end
check("regrown", t, 30)
t = {}
for i = 0, 10 do t[i] = i end
print(#t, t[0], t[10])
t = {[0] = "zero"}
print(#t, t[0])
t = {}
t[-1], t[0] = -1, 0
for i = 1, 5 do t[i] = i end
print(#t, t[-1], t[0])
t = {}
t[1000000] = "far"
t[1] = "near"
print(t[1000000], t[1], t[2], t[999999])
t = {}
for i = 1, 20 do t[i * 1.0] = i end
print(#t, t[20], t[1])
t = {1, 2, 3}
t[2 ^ 31], t[2 ^ 32], t[2 ^ 53], t[-2 ^ 31] = "a", "b", "c", "d"
print(#t, t[2147483648], t[4294967296], t[2 ^ 53], t[-2147483648], t[0])
t = {}
for i = 1, 10 do t[i] = true end
for i = 1, 10 do t[i] = nil end
print(#t, next(t))
t[1] = "again"
print(#t, t[1], next(t))
local m = {}
for i = 1, 5 do m[i] = {} for j = 1, 5 do m[i][j] = i * j end end
print(m[5][5], m[3][4], #m, #m[1])
--! out: forward	100	5050	nil	nil
--! out: backward	100	5050	nil	nil
--! out: middle	100	5050	nil	nil
--! out: odd then even	100	5050	nil	nil
--! out: scattered	64	2080	nil	nil
--! out: appended	40	820	nil	nil
--! out: shrunk	20	210	nil	nil
--! out: regrown	30	465	nil	nil
--! out: 10	0	10
--! out: 0	zero
--! out: 5	-1	0
--! out: far	near	nil	nil
--! out: 20	20	1
--! out: 3	a	b	c	d	nil
--! out: 0	nil
--! out: 1	again	1	again
--! out: 25	12	5	5
