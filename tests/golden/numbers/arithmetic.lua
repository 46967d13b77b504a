-- The arithmetic operators on ordinary and extreme numbers.
print(7 + 3, 7 - 3, 7 * 3, 7 / 2, 7 % 3, 7 ^ 2, -7)
print(1 / 0, -1 / 0, 0 / 1, 2 ^ -1, 2 ^ 0.5, (-2) ^ 3, (-2) ^ 2, 0 ^ 0)
local nan = 0 / 0
print(nan == nan, nan ~= nan, nan < nan, nan <= nan, nan > 1, 1 > nan, not (nan < 1))
print(1e308 + 1e308, -1e308 - 1e308, 1e-200 * 1e-200, 1e200 * 1e200)
print(2 ^ 53 == 2 ^ 53 + 1, 2 ^ 53 + 2, 2 ^ 53 - 1)
print(2147483647 + 1, -2147483648 - 1, 2147483647 * 2147483647, 65536 * 65536, 4294967296 * 4294967296)
print(0.1 + 0.7, 1 - 0.9, 0.1 * 3, 4.35 * 100)
print(math.huge - math.huge ~= math.huge - math.huge, math.huge * 0 ~= math.huge * 0)
print(math.huge == math.huge, -math.huge < math.huge, math.huge + 1 == math.huge)
local a, b = 10, 3
print(a + b, a - b, a * b, a % b, a ^ b, -a, a / b)
a, b = -a, b
print(a + b, a - b, a * b, a % b, a ^ b, -a, a / b)
print(1 + 2 - 3 * 4 / 5 % 6 ^ 2)
print(3 - -3, 3 - - -3, 2 * -3, 2 ^ -2, -2 ^ 2, -2 ^ -2)
print(1e15 + 0.3, 1e16 + 1, 123456789 * 987654321)
--! out: 10	4	21	3.5	1	49	-7
--! out: inf	-inf	0	0.5	1.4142135623731	-8	4	1
--! out: false	true	false	false	false	false	true
--! out: inf	-inf	0	inf
--! out: true	9.007199254741e+15	9.007199254741e+15
--! out: 2147483648	-2147483649	4.6116860141324e+18	4294967296	1.844674407371e+19
--! out: 0.8	0.1	0.3	435
--! out: true	true
--! out: true	true	true
--! out: 13	7	30	1	1000	-10	3.3333333333333
--! out: -7	-13	-30	2	-1000	10	-3.3333333333333
--! out: 0.6
--! out: 6	0	-6	0.25	-4	-0.25
--! out: 1e+15	1e+16	1.2193263111264e+17
