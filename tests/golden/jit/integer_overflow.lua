-- Whole numbers that leave the ranges of 32-bit integers and of exact doubles.
local x = 2147483600
for i = 1, 100 do x = x + 1 end
print(x)
x = -2147483600
for i = 1, 100 do x = x - 1 end
print(x)
x = 1
for i = 1, 64 do x = x * 2 end
print(x, x == 2 ^ 64)
x = 1
for i = 1, 40 do x = x * 3 end
print(x)
local s = 0
for i = 2147483640, 2147483655 do s = s + (i - 2147483640) end
print(s)
local c, last = 0, 0
for i = 9007199254740980, 9007199254740990 do c = c + 1 last = i end
print(c, string.format("%.0f", last))
x = 9007199254740990
for i = 1, 10 do x = x + 1 end
print(string.format("%.0f", x))
local h = 0
for i = 1, 200 do h = (h * 31 + i) % 4294967296 end
print(h)
h = 1
for i = 1, 200 do h = (h * 69069 + 1) % 2 ^ 32 end
print(string.format("%.0f", h))
local sum = 0
for i = 1, 100 do sum = sum + i * i * i * i * i * i end
print(string.format("%.0f", sum))
local t = {}
for i = 1, 40 do t[2 ^ i] = i end
s = 0
for i = 1, 40 do s = s + t[2 ^ i] end
print(s, t[2 ^ 31], t[2147483648], t[2 ^ 32], t[1])
local m = 2147483647
local prod = 0
for i = 1, 50 do prod = prod + m * i if i == 25 then m = m + 1 end end
print(string.format("%.0f", prod))
local f = 1
for i = 1, 20 do f = f * i end
print(string.format("%.0f", f))
local neg = 0
for i = 1, 100 do neg = neg - 2 ^ 25 end
print(neg, -neg % 1000)
local idx, arr = 0, {10, 20, 30}
for i = 1, 90 do idx = (idx + 2147483647) % 3 arr[idx + 1] = arr[idx + 1] + 1 end
print(arr[1], arr[2], arr[3])
local d = 0
for i = 1, 60 do d = d + i / 2 if i % 2 == 0 then d = d - 0.5 end end
print(d)
local k = 0
for i = 1, 100 do k = k + math.floor(i * 1e9 / 7) end
print(string.format("%.0f", k))
--! out: 2147483700
--! out: -2147483700
--! out: 1.844674407371e+19	true
--! out: 1.2157665459057e+19
--! out: 120
--! out: 11	9007199254740990
--! out: 9007199254740992
--! out: 1476506852
--! out: 3576971193
--! out: 14790714119050
--! out: 820	31	31	32	nil
--! out: 2738041650875
--! out: 2432902008176640000
--! out: -3355443200	200
--! out: 40	50	60
--! out: 900
--! out: 721428571385
--! jit: min-native-loops 1
