-- Functions that make functions: currying, composition, lazy streams, parsers by combination, Church numerals, lenses, memoization.
local scale = tonumber((...)) or 1
local function curry(f, n)
  n = n or 2
  local function step(have, arguments)
    return function(...)
      local all, count = {unpack(arguments, 1, have)}, select("#", ...)
      for i = 1, count do all[have + i] = (select(i, ...)) end
      if have + count >= n then return f(unpack(all, 1, have + count)) end
      return step(have + count, all)
    end
  end
  return step(0, {})
end
local function compose(...)
  local fs = {...}
  return function(...)
    local values = {...}
    for i = #fs, 1, -1 do values = {fs[i](unpack(values))} end
    return unpack(values)
  end
end
local function map(f, t) local out = {} for i = 1, #t do out[i] = f(t[i]) end return out end
local function filter(p, t) local out = {} for _, v in ipairs(t) do if p(v) then out[#out + 1] = v end end return out end
local function fold(f, a, t) for _, v in ipairs(t) do a = f(a, v) end return a end
local function flip(f) return function(a, b, ...) return f(b, a, ...) end end
local add, multiply = curry(function(a, b) return a + b end), curry(function(a, b) return a * b end)
local sum3 = curry(function(a, b, c) return a + b * c end, 3)
print(add(1)(2), multiply(3, 4), sum3(1)(2)(3), sum3(1, 2)(3), sum3(1)(2, 3), compose(add(1), multiply(2), math.abs)(-7))

local function cons(head, tail) return {head = head, tail = tail} end
local function tail(s)
  if type(s.tail) == "function" then s.tail = s.tail() end
  return s.tail
end
local function from(n) return cons(n, function() return from(n + 1) end) end
local function smap(f, s) return s and cons(f(s.head), function() return smap(f, tail(s)) end) end
local function sfilter(p, s)
  while s and not p(s.head) do s = tail(s) end
  return s and cons(s.head, function() return sfilter(p, tail(s)) end)
end
local function take(n, s) local out = {} while s and n > 0 do out[#out + 1] = s.head s, n = tail(s), n - 1 end return out end
local function zip(f, a, b) return cons(f(a.head, b.head), function() return zip(f, tail(a), tail(b)) end) end
local function sieve(s) return cons(s.head, function() return sieve(sfilter(function(n) return n % s.head ~= 0 end, tail(s))) end) end
local fibs
fibs = cons(0, function() return cons(1, function() return zip(function(a, b) return a + b end, fibs, tail(fibs)) end) end)
print(table.concat(take(15, fibs), " "))
print(table.concat(take(12 + 4 * scale, sieve(from(2))), " "))
print(table.concat(take(6, smap(multiply(3), sfilter(function(n) return n % 4 == 1 end, from(10)))), " "))

-- Parsers: functions from text and place to a value and a place.
local function literal(s) return function(text, at) if text:sub(at, at + #s - 1) == s then return s, at + #s end end end
local function pattern(p) p = "^(" .. p .. ")" return function(text, at) local m = text:match(p, at) if m then return m, at + #m end end end
local function both(...)
  local ps = {...}
  return function(text, at)
    local values = {}
    for i, p in ipairs(ps) do
      local v, next = p(text, at)
      if next == nil then return nil end
      values[i], at = v, next
    end
    return values, at
  end
end
local function either(...)
  local ps = {...}
  return function(text, at) for _, p in ipairs(ps) do local v, next = p(text, at) if next then return v, next end end end
end
local function many(p)
  return function(text, at)
    local values = {}
    while true do
      local v, next = p(text, at)
      if not next then return values, at end
      values[#values + 1], at = v, next
    end
  end
end
local function convert(p, f) return function(text, at) local v, next = p(text, at) if next then return f(v), next end end end
local function later(f) return function(...) return f()(...) end end
local function token(p) return convert(both(p, pattern("%s*")), function(v) return v[1] end) end
local expression
local number = convert(token(pattern("%d+%.?%d*")), tonumber)
local group = convert(both(token(literal("(")), later(function() return expression end), token(literal(")"))), function(v) return v[2] end)
local negative = convert(both(token(literal("-")), later(function() return group end)), function(v) return -v[2] end)
local atom = either(number, group, negative)
local operations = {["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end, ["%"] = math.fmod}
local function chain(p, ops)
  return convert(both(p, many(both(token(pattern(ops)), p))), function(v)
    return fold(function(a, rest) return operations[rest[1]](a, rest[2]) end, v[1], v[2])
  end)
end
expression = chain(chain(atom, "[%*/%%]"), "[%+%-]")
for _, text in ipairs{"1 + 2 * 3", "(1+2)*3 - 4/2", "2*(3+(4*(5-1)))", "-(3) + 7 % 4", "1 +", "((2)"} do
  local value, at = expression(text, 1)
  print(text, value, at == #text + 1)
end
local long = {}
for i = 1, 40 * scale do long[i] = i .. (i % 3 == 0 and " * (2 - 1) " or " ") end
print((expression(table.concat(long, "+ "), 1)))

local zero = function() return function(x) return x end end
local function successor(n) return function(f) return function(x) return f(n(f)(x)) end end end
local function plus(a, b) return function(f) return function(x) return a(f)(b(f)(x)) end end end
local function times(a, b) return function(f) return a(b(f)) end end
local function number_of(n) return n(function(x) return x + 1 end)(0) end
local church = {zero}
for i = 1, 9 do church[i + 1] = successor(church[i]) end
print(number_of(plus(church[4], church[6])), number_of(times(church[8], church[10])), number_of(church[4](church[3])))
local Y = function(f) return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end) end
print(Y(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(15))

local function memoize(f)
  local known, calls = {}, 0
  return function(n) local v = known[n] if v == nil then calls = calls + 1 v = f(n) known[n] = v end return v, calls end
end
local partitions
partitions = memoize(function(n)
  if n < 0 then return 0 elseif n == 0 then return 1 end
  local sum, k = 0, 1
  while true do
    local g = k * (3 * k - 1) / 2
    if g > n then return sum end
    local sign = k % 2 == 1 and 1 or -1
    sum = sum + sign * (partitions(n - g) + (partitions(n - g - k)))
    k = k + 1
  end
end)
print(partitions(100), partitions(60))

local function lens(...)
  local path = {...}
  local function get(t) for _, k in ipairs(path) do t = t[k] end return t end
  local function over(t, f, depth)
    depth = depth or 1
    local copy = {}
    for k, v in pairs(t) do copy[k] = v end
    local k = path[depth]
    if depth == #path then copy[k] = f(t[k]) else copy[k] = over(t[k], f, depth + 1) end
    return copy
  end
  return get, over
end
local get, over = lens("a", "b", 2)
local state = {a = {b = {1, 2, 3}, c = 0}, d = 9}
for i = 1, 50 * scale do state = over(state, add(i)) end
print(get(state), state.a.b[3], state.d, fold(flip(function(a, b) return a .. b end), "", map(tostring, filter(function(n) return n % 2 == 0 end, {1, 2, 3, 4, 5, 6}))))
--! out: 3	12	7	7	7	15
--! out: 0 1 1 2 3 5 8 13 21 34 55 89 144 233 377
--! out: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53
--! out: 39 51 63 75 87 99
--! out: 1 + 2 * 3	7	true
--! out: (1+2)*3 - 4/2	7	true
--! out: 2*(3+(4*(5-1)))	38	true
--! out: -(3) + 7 % 4	0	true
--! out: 1 +	1	false
--! out: ((2)	nil	false
--! out: 820
--! out: 8	63	8
--! out: 1307674368000
--! out: 190569292	966467	109
--! out: 1277	3	9	642
