-- Arbitrary precision integers as a class with operators: factorials, Fibonacci, powers, division, roots.
local scale = tonumber((...)) or 1
local BASE, DIGITS = 10000000, 7
local Big = {}
Big.__index = Big

local function normal(limbs, sign)
  while #limbs > 0 and limbs[#limbs] == 0 do limbs[#limbs] = nil end
  return setmetatable({limbs = limbs, sign = #limbs == 0 and 1 or sign}, Big)
end
local function big(x)
  if getmetatable(x) == Big then return x end
  local sign, text = 1, type(x) == "number" and ("%.0f"):format(x) or x
  if text:sub(1, 1) == "-" then sign, text = -1, text:sub(2) end
  local limbs = {}
  for at = #text, 1, -DIGITS do limbs[#limbs + 1] = tonumber(text:sub(math.max(1, at - DIGITS + 1), at)) end
  return normal(limbs, sign)
end
local function compare(a, b)
  if #a ~= #b then return #a < #b and -1 or 1 end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then return a[i] < b[i] and -1 or 1 end
  end
  return 0
end
local function add(a, b)
  local out, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local sum = (a[i] or 0) + (b[i] or 0) + carry
    if sum >= BASE then out[i], carry = sum - BASE, 1 else out[i], carry = sum, 0 end
  end
  if carry > 0 then out[#out + 1] = carry end
  return out
end
local function subtract(a, b)
  local out, borrow = {}, 0
  for i = 1, #a do
    local difference = a[i] - (b[i] or 0) - borrow
    if difference < 0 then out[i], borrow = difference + BASE, 1 else out[i], borrow = difference, 0 end
  end
  return out
end
function Big.__add(a, b)
  a, b = big(a), big(b)
  if a.sign == b.sign then return normal(add(a.limbs, b.limbs), a.sign) end
  local order = compare(a.limbs, b.limbs)
  if order == 0 then return normal({}, 1) end
  if order > 0 then return normal(subtract(a.limbs, b.limbs), a.sign) end
  return normal(subtract(b.limbs, a.limbs), b.sign)
end
function Big.__unm(a) return normal({unpack(a.limbs)}, -a.sign) end
function Big.__sub(a, b) return big(a) + -big(b) end
function Big.__mul(a, b)
  a, b = big(a), big(b)
  local x, y, out = a.limbs, b.limbs, {}
  for i = 1, #x + #y do out[i] = 0 end
  for i = 1, #x do
    local carry, xi = 0, x[i]
    for j = 1, #y do
      local value = out[i + j - 1] + xi * y[j] + carry
      local low = value % BASE
      out[i + j - 1], carry = low, (value - low) / BASE
    end
    out[i + #y] = carry
  end
  return normal(out, a.sign * b.sign)
end
function Big:divide(b)
  b = big(b)
  assert(#b.limbs > 0, "division by zero")
  local quotient, rest = {}, normal({}, 1)
  local divisor = normal({unpack(b.limbs)}, 1)
  for i = #self.limbs, 1, -1 do
    table.insert(rest.limbs, 1, self.limbs[i])
    rest = normal(rest.limbs, 1)
    local low, high = 0, BASE - 1
    while low < high do
      local middle = math.floor((low + high + 1) / 2)
      if compare((divisor * middle).limbs, rest.limbs) <= 0 then low = middle else high = middle - 1 end
    end
    quotient[i] = low
    rest = rest - divisor * low
  end
  return normal(quotient, self.sign * b.sign), normal(rest.limbs, self.sign)
end
function Big.__div(a, b) return (big(a):divide(b)) end
function Big.__mod(a, b) local _, rest = big(a):divide(b) return rest end
function Big.__pow(a, n)
  local result, square = big(1), big(a)
  while n > 0 do
    if n % 2 == 1 then result = result * square end
    square, n = square * square, math.floor(n / 2)
  end
  return result
end
function Big.__eq(a, b) return a.sign == b.sign and compare(a.limbs, b.limbs) == 0 end
function Big.__lt(a, b)
  a, b = big(a), big(b)
  if a.sign ~= b.sign then return a.sign < b.sign end
  return compare(a.limbs, b.limbs) * a.sign < 0
end
function Big.__le(a, b) return not (b < a) end
function Big.__tostring(a)
  if #a.limbs == 0 then return "0" end
  local parts = {a.sign < 0 and "-" or "", ("%d"):format(a.limbs[#a.limbs])}
  for i = #a.limbs - 1, 1, -1 do parts[#parts + 1] = ("%07d"):format(a.limbs[i]) end
  return table.concat(parts)
end
Big.__concat = function(a, b) return tostring(a) .. tostring(b) end

local function factorial(n) local f = big(1) for i = 2, n do f = f * i end return f end
local function fibonacci(n) local a, b = big(0), big(1) for _ = 1, n do a, b = b, a + b end return a end
local function root(n)
  local low, high = big(0), n
  while low < high do
    local middle = (low + high + 1) / 2
    if middle * middle <= n then low = middle else high = middle - 1 end
  end
  return low
end
print(factorial(30 * scale) .. "")
print(fibonacci(200 * scale))
print(big(3) ^ 100, big(-7) ^ 15)
print(factorial(25):divide(factorial(23)), big("123456789012345678901234567890") % 97)
print(root(big(10) ^ 24 + 12345), big(5) - 12, -big(3) < big(2), big(4) == big("4"), big(4) >= big(5))
local sum = big(0)
for i = 1, 60 * scale do sum = sum + big(i) ^ 5 * (i % 2 == 0 and 1 or -1) end
print(sum, pcall(function() return big(1) / 0 end))
--! out: 265252859812191058636308480000000
--! out: 280571172992510140037611932413038677189525
--! out: 515377520732011331036461129765621272702107522001	-4747561509943
--! out: 600	52
--! out: 1000000000000	-7	true	true	false
--! out: 404995500	false	bigint.lua:70: division by zero
