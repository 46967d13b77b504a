-- Calls and returns: a doubly recursive function of one argument, and one of three.
--! check: 5702894
--! quick: 29 514241
local n = tonumber((...) or 34)

local function fib(k)
  if k < 2 then return k end
  return fib(k - 1) + fib(k - 2)
end

-- Takeuchi's function: many calls with three arguments, little arithmetic.
local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

print(string.format("fib: %d", fib(n)))
print(string.format("check: %d", fib(n) + tak(n - 12, 12, 6)))
