-- Remainders computed with integers where the dividend was one: generators, checksums, and what does not stay an integer.

-- The state is carried as a slot, as a field and as an upvalue.
local function generators(n)
  local seed, sum, object = 42, 0, { seed = 7 }
  local hidden = 99
  local function draw() hidden = (hidden * 3877 + 29573) % 139968 return hidden / 139968 end
  for _ = 1, n do
    seed = seed * 16807 % 2147483647
    object.seed = (object.seed * 25173 + 13849) % 65536
    if draw() < 0.5 then sum = sum + seed % 64 else sum = sum - object.seed % 10 end
    sum = (sum + object.seed) % 1000003
  end
  return sum, seed, object.seed, hidden
end
print(generators(1000))

-- Signs, zeros, and products that no double holds exactly.
local function signs(n)
  local x, sum, zeros = -n, 0, 0
  for _ = 1, 2 * n do
    sum = sum + x % 7 * 2 + (x * 5 - 3) % 12 + (1 - x) % 16
    zeros = zeros + 1 / (x * 3 % 3 + 1e300) + 1 / (x % 1 + 1e300)
    x = x + 1
  end
  return sum, zeros > 0
end
print(signs(200))

local function inexact(n)
  local seed, other = 12345, 1
  for _ = 1, n do
    seed = (seed * 1103515245 + 12345) % 2147483648
    other = (other * 22695477 + 1) % 2147483629
  end
  return string.format("%d %d", seed, other)
end
print(inexact(300))

-- Integers at first; then fractions, numbers past 32 bits and past 53, infinities.
local function leaving(step, factor, n)
  local x, sum = 1, 0
  for i = 1, n do
    if i > n / 2 then x = x * factor + step else x = x + 1 end
    local r = x % 1000 + (x + 5) % 13
    if r == r then sum = sum + r else sum = sum + 0.5 end
  end
  return string.format("%.9g", sum)
end
print(leaving(0.25, 1, 120), leaving(2 ^ 25, 1, 200), leaving(3, 2, 150))
print(leaving(1e15, 1, 200), leaving(1, 1e30, 120), leaving(-3e9, -1.5, 120))

-- Where two fractions add up to an integer the dividend alone is converted; a string is none.
local function halves(n)
  local a, b, sum = 0.5, 1.5, 0
  for i = 1, n do
    sum = sum + (a + b) % 5
    a, b = a + 1, b + 1
    sum = sum + (i .. "") % 4
  end
  return sum
end
print(halves(200))

-- Divisors that are none: negative, a fraction, zero, and one that only a variable says.
local function divisors(n)
  local sum, nans, d = 0, 0, 9
  for i = 1, n do
    sum = sum + i % -7 + i % 0.75 + (i * 3) % d + (i + 0.5) % 4 + (i - 100.25) % 8
    local nan = i % 0
    if nan ~= nan then nans = nans + 1 end
  end
  return sum, nans
end
print(divisors(150))

--! out: 507875	462991190	46015	120635
--! out: 7604	true
--! out: 1015143424 146822632
--! out: 6726	57058	24374
--! out: 15801	-7.50751683e+255	30981.0912
--! out: 700
--! out: 971	150
--! jit: min-native-loops 1
