-- Tables that grow, move parts and get holes in the middle of hot loops.
local t = {}
for i = 1, 1000 do t[i] = i end
print(#t)
local u, s = {}, 0
for i = 1, 300 do u[#u + 1] = i s = s + #u end
print(s, #u)
local h = {}
for i = 1, 200 do h["key" .. i] = i end
s = 0
for k, v in pairs(h) do s = s + v end
print(s)
for i = 1, 1000 do if i % 3 == 0 then t[i] = nil end end
s = 0
local holes = 0
for i = 1, 1000 do local v = t[i] if v == nil then holes = holes + 1 else s = s + v end end
print(s, holes)
for i = 1, 1000 do t[i] = (t[i] or 0) + 1 end
s = 0
for i = 1, 1000 do s = s + t[i] end
print(s, #t)
local sparse = {}
for i = 1, 100 do sparse[i * 1000] = i end
s = 0
for i = 1, 100 do s = s + sparse[i * 1000] + (sparse[i] or 0) end
print(s)
local m = {}
for i = 1, 100 do m[i] = i m["n" .. i % 20] = i m[-i] = i m[i + 0.5] = i end
s = 0
for k, v in pairs(m) do s = s + v end
print(s, #m)
local stack = {}
local top = 0
for i = 1, 500 do if i % 5 < 3 then top = top + 1 stack[top] = i else s = s + stack[top] stack[top] = nil top = top - 1 end end
print(s, top, #stack)
local q, first, last = {}, 1, 0
for i = 1, 500 do last = last + 1 q[last] = i if i % 2 == 0 then s = s + q[first] q[first] = nil first = first + 1 end end
print(s, first, last)
local arrays = {}
for i = 1, 50 do local a = {} for j = 1, i do a[j] = j end arrays[i] = a end
s = 0
for i = 1, 50 do s = s + #arrays[i] * arrays[i][i] end
print(s)
local o = {}
for i = 1, 100 do o.a = i o.b = i if i % 10 == 0 then o.b = nil end if i == 50 then for j = 1, 40 do o["x" .. j] = j end end end
print(o.a, o.b, o.x40)
local r = {}
for i = 100, 1, -1 do r[i] = i end
print(#r, r[1], r[100])
local c = 0
for i = 1, 60 do local l = {i, i + 1, i + 2} l[4] = i l.x = i c = c + #l + l[4] + l.x end
print(c)
local rm = {}
for i = 1, 100 do table.insert(rm, i) end
for i = 1, 50 do table.remove(rm, 1) table.insert(rm, 1, i) table.remove(rm) end
print(#rm, rm[1], rm[50], rm[51])
--! out: 1000
--! out: 45150	300
--! out: 20100
--! out: 333667	333
--! out: 334667	1000
--! out: 5050
--! out: 16960	100
--! out: 66760	100	100
--! out: 98135	251	500
--! out: 42925
--! out: 100	nil	40
--! out: 100	1	100
--! out: 3900
--! out: 50	50	50	nil
--! jit: min-native-loops 1
