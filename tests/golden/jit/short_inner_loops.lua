-- Inner loops of zero to three iterations inside hot outer loops and hot functions.
local s = 0
for i = 1, 200 do for j = 1, i % 4 do s = s + j end end
print(s)
local function digits(n) local c = 0 repeat n = (n - n % 10) / 10 c = c + 1 until n == 0 return c end
local d = 0
for i = 1, 300 do d = d + digits(i * 7) end
print(d)
local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end
local g = 0
for i = 1, 100 do g = g + gcd(i, 60) end
print(g)
local lists = {{1}, {}, {1, 2}, {1, 2, 3}}
local l = 0
for i = 1, 200 do for _, v in ipairs(lists[i % 4 + 1]) do l = l + v * i end end
print(l)
local c = 0
for i = 1, 100 do local t = {} for j = 1, 2 do t[j] = i * j end for j = 1, #t do c = c + t[j] end end
print(c)
local p = 0
for i = 1, 100 do local x = i while x > 50 do x = x - 30 end p = p + x end
print(p)
local m = {{1, 2}, {3, 4}}
local function mul(a, b) local r = {} for i = 1, 2 do r[i] = {} for j = 1, 2 do local v = 0 for k = 1, 2 do v = v + a[i][k] * b[k][j] end r[i][j] = v % 1000 end end return r end
local acc = {{1, 0}, {0, 1}}
for i = 1, 40 do acc = mul(acc, m) end
print(acc[1][1], acc[1][2], acc[2][1], acc[2][2])
local w = 0
for i = 1, 150 do for j = i, i + 1 do if (j + i) % 3 == 0 then break end w = w + 1 end end
print(w)
local function pow(b, e) local r = 1 while e > 0 do if e % 2 == 1 then r = r * b % 1009 end b = b * b % 1009 e = (e - e % 2) / 2 end return r end
local q = 0
for i = 1, 100 do q = q + pow(3, i) end
print(q)
local z = 0
for i = 1, 50 do for j = 1, 2 do for k = 1, 2 do z = z + i * j * k end end end
print(z)
--! out: 500
--! out: 1043
--! out: 578
--! out: 50400
--! out: 15150
--! out: 2950
--! out: 751	850	275	26
--! out: 150
--! out: 56367
--! out: 11475
--! jit: min-native-loops 1
