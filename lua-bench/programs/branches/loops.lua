-- Each kind of loop around little work: `while`, `repeat`, counting up and down, `break`.
--! check: 451159208
local n = tonumber((...) or 250000)

-- `while`: the steps until Collatz's rule brings `x` to 1.
local function collatz(x)
  local steps = 0
  while x ~= 1 do
    if x % 2 == 0 then x = x / 2 else x = 3 * x + 1 end
    steps = steps + 1
  end
  return steps
end

-- `repeat`: Euclid's greatest common divisor; `b` is not 0.
local function gcd(a, b)
  repeat
    a, b = b, a % b
  until b == 0
  return a
end

-- Numeric `for`, both ways and by a step that is no whole number; doubled, to be whole itself.
local function triangle(x)
  local sum = 0
  for i = 1, x do sum = sum + i end
  for i = x, 1, -3 do sum = sum - i end
  for f = 0, x, 0.5 do sum = sum + f end
  return 2 * sum
end

-- `for` with `break`: the least factor of `x` above 1.
local function least_factor(x)
  local found = x
  for d = 2, x - 1 do
    if d * d > x then break end
    if x % d == 0 then
      found = d
      break
    end
  end
  return found
end

local steps, divisors, sums, factors = 0, 0, 0, 0
for i = 1, n do
  steps = steps + collatz(i)
  divisors = divisors + gcd(i, n - i + 1) + gcd(46368, i)
  sums = sums + triangle(i % 60)
  factors = factors + least_factor(i)
end

print(string.format("steps %d, divisors %d, sums %d, factors %d", steps, divisors, sums, factors))
print(string.format("check: %d", (steps + divisors + sums + factors) % 1000000007))
