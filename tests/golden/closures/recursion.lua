-- Recursive closures: local function, mutual, through a table, through an upvalue, the Y combinator.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(15))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(10), odd(7), even(7))
local t = {}
function t.fact(n) return n <= 1 and 1 or n * t.fact(n - 1) end
function t:sum(n) if n == 0 then return 0 end return n + self:sum(n - 1) end
print(t.fact(12), t:sum(100))
local Y = function(f)
  return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end)
end
print(Y(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(10))
local function hanoi(n, a, b, c, move)
  if n == 0 then return 0 end
  return hanoi(n - 1, a, c, b, move) + 1 + hanoi(n - 1, c, b, a, move)
end
print(hanoi(8, "a", "b", "c"))
local function compose(...)
  local fs = {...}
  local function go(i, ...)
    if i > #fs then return ... end
    return go(i + 1, fs[i](...))
  end
  return function(...) return go(1, ...) end
end
print(compose(function(a, b) return a + b, a - b end, function(a, b) return a * b, a end)(7, 3))
local function curry(f, n)
  if n <= 1 then return f end
  return function(x) return curry(function(...) return f(x, ...) end, n - 1) end
end
print(curry(function(a, b, c) return a .. b .. c end, 3)(1)(2)(3))
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(5000))
local function permutations(list, n, emit)
  if n == 0 then return emit(list) end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1, emit)
    list[n], list[i] = list[i], list[n]
  end
end
local all = {}
permutations({1, 2, 3}, 3, function(p) all[#all + 1] = table.concat(p) end)
print(table.concat(all, " "))
--! out: 610
--! out: true	true	false
--! out: 479001600	5050
--! out: 3628800
--! out: 255
--! out: 40	10
--! out: 123
--! out: 5000
--! out: 231 321 312 132 213 123
