-- Arrays in hot loops: fill, read, update, append, reverse, copy, shift, two at once, bounds.
local t = {}
for i = 1, 500 do t[i] = i * 2 end
local s = 0
for i = 1, #t do s = s + t[i] end
print(#t, s)
for i = 1, #t do t[i] = t[i] + i end
for i = 2, #t do t[i] = t[i] + t[i - 1] end
print(t[1], t[250], t[500])
local u = {}
for i = #t, 1, -1 do u[#u + 1] = t[i] end
print(#u, u[1], u[500])
for i = 1, #u / 2 do u[i], u[#u - i + 1] = u[#u - i + 1], u[i] end
print(u[1], u[500])
local c = 0
for i = -5, 505 do if t[i] then c = c + 1 end end
print(c)
local same = true
for i = 1, 500 do same = same and t[i] == u[i] end
print(same)
local dot = 0
for i = 1, 500 do dot = dot + (t[i] % 100) * (u[501 - i] % 100) end
print(dot)
for i = 1, 499 do t[i] = t[i + 1] end
t[500] = nil
print(#t, t[1], t[499])
local function sum(a) local r = 0 for i, v in ipairs(a) do r = r + v * i % 10 end return r end
print(sum(t), sum(u), sum{}, sum{1, 2, 3})
local m = {}
for i = 1, 10 do m[i] = {} for j = 1, 10 do m[i][j] = i * j end end
local tr = 0
for i = 1, 10 do tr = tr + m[i][i] * m[11 - i][i] end
print(tr)
local b = {}
for i = 0, 99 do b[i] = i % 2 == 0 end
local count = 0
for i = 0, 99 do if b[i] then count = count + 1 end end
print(count, b[0], b[99])
--! out: 500	250500
--! out: 3	94125	375750
--! out: 500	375750	3
--! out: 3	375750
--! out: 500
--! out: true
--! out: 1209000
--! out: 499	9	375750
--! out: 1375	2125	0	14
--! out: 7942
--! out: 50	true	false
--! jit: min-native-loops 1
