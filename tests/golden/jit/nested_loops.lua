-- Loops in loops: inner loops of few, many and varying iterations, triangular, with shared variables.
local c = 0
for i = 1, 50 do for j = 1, 3 do c = c + i * j end end
print(c)
c = 0
for i = 1, 40 do for j = i, 40 do c = c + 1 end end
print(c)
c = 0
for i = 1, 20 do for j = 1, i do for k = 1, 3 do c = c + i - j + k end end end
print(c)
local i, total = 0, 0
while i < 30 do local j = i repeat j = j + 1 total = total + j until j % 5 == 0 i = i + 1 end
print(total)
local out = 0
for i = 1, 100 do for j = 1, 0 do out = -1 end for j = 1, 1 do out = out + 1 end end
print(out)
local s = 0
for a = 1, 8 do for b = 1, 8 do for c = 1, 8 do if a * a + b * b == c * c then s = s + a * 100 + b * 10 + c end end end end
print(s)
local primes = 0
for n = 2, 300 do
  local prime = true
  local d = 2
  while d * d <= n do if n % d == 0 then prime = false break end d = d + 1 end
  if prime then primes = primes + 1 end
end
print(primes)
local grid = {}
for y = 1, 12 do grid[y] = {} for x = 1, 12 do grid[y][x] = (x * y) % 7 end end
local sum = 0
for y = 2, 11 do for x = 2, 11 do for dy = -1, 1 do for dx = -1, 1 do sum = sum + grid[y + dy][x + dx] end end end end
print(sum)
--! out: 7650
--! out: 820
--! out: 5250
--! out: 1455
--! out: 100
--! out: 780
--! out: 62
--! out: 2549
--! jit: min-native-loops 1
