-- The plain numeric loop: sums, products, comparisons, nested expressions, all in locals.
local s, p, c = 0, 1, 0
for i = 1, 1000 do s = s + i * 2 - i / 2 p = p * 1.001 if i % 3 == 0 then c = c + 1 end end
print(s, string.format("%.10f", p), c)
local a, b = 0, 1
for i = 1, 70 do a, b = b, a + b end
print(a)
local x = 0
for i = 100, 1, -1 do x = x * 0.5 + i end
print(x)
local y = 0
for i = 0, 1, 0.01 do y = y + i * i end
print(string.format("%.8f", y))
local function f(n) local t = 0 for i = 1, n do t = t + i ^ 2 % 7 end return t end
print(f(10), f(100), f(500))
local m = 0
for i = 1, 300 do m = m + math.floor(i / 7) * math.max(i, 100) - math.min(i, 50) + math.abs(150 - i) end
print(m)
local n, steps = 27, 0
while n ~= 1 do if n % 2 == 0 then n = n / 2 else n = 3 * n + 1 end steps = steps + 1 end
print(steps)
local k = 0
repeat k = k + 1.5 until k > 300
print(k)
--! out: 750750	2.7169239322	333
--! out: 1.9039249070914e+14
--! out: 4
--! out: 32.83500000
--! out: 21	201	1001
--! out: 1303053
--! out: 111
--! out: 301.5
--! jit: min-native-loops 1
