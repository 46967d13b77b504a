-- Integers are exact up to 2^53; results beyond are rounded as doubles are.
local n, count = 1, 0
while n + 1 ~= n do n = n * 2 count = count + 1 end
print(count, string.format("%.0f", n))
local f = 1
for i = 1, 25 do f = f * i end
print(f, string.format("%.0f", f))
local a, b = 0, 1
for i = 1, 90 do a, b = b, a + b end
print(string.format("%.0f", a), a)
local eps = 1
while 1 + eps / 2 > 1 do eps = eps / 2 end
print(eps == 2 ^ -52, eps)
local s = 0
for i = 1, 1000 do s = s + 0.1 end
print(s == 100, string.format("%.10f", s))
print(string.format("%.0f", 2 ^ 53 + 1), string.format("%.0f", 2 ^ 53 + 2), string.format("%.0f", 1e23))
print(math.floor(-0.5), math.floor(0.5), math.floor(2 ^ 52 + 0.5), math.ceil(2 ^ 51 + 0.5))
local x = 2 ^ 31
print(x - 1, x, x + 1, -x, -x - 1, x * x, x * 2 - 1)
local h = 5381
for i = 1, 40 do h = (h * 33 + i) % 4294967296 end
print(h)
local seed = 42
for i = 1, 10 do seed = (seed * 16807) % 2147483647 end
print(seed)
--! out: 53	9007199254740992
--! out: 1.5511210043331e+25	15511210043330986055303168
--! out: 2880067194370816000	2.8800671943708e+18
--! out: true	2.2204460492503e-16
--! out: false	100.0000000000
--! out: 9007199254740992	9007199254740994	99999999999999991611392
--! out: -1	0	4.5035996273705e+15	2.2517998136852e+15
--! out: 2147483647	2147483648	2147483649	-2147483648	-2147483649	4.6116860184274e+18	4294967295
--! out: 3801132473
--! out: 552121545
