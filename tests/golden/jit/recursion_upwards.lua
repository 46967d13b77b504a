-- Functions that return one from the other, many times: traces that go round in the frames below the one they began in.
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
local total = 0
for i = 1, 40 do total = total + sum(i * 5) end
print(total, sum(3000))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(17), fib(4.5))
local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end
print(tak(9, 5, 1))
-- Two callers, values of changing types on the way up, several results.
local even, odd
function even(n) if n == 0 then return true, "even" end local r, s = odd(n - 1) return r, s end
function odd(n) if n == 0 then return false, "odd" end local r, s = even(n - 1) return r, s end
for i = 1, 30 do even(i) end
print(even(40), odd(41), even(33))
local function wrap(n) if n == 0 then return 0 end local below = wrap(n - 1) if n % 50 == 0 then return below .. ":" end return below + 1 end
for i = 1, 60 do wrap(i % 49) end
print(wrap(49), pcall(wrap, 51))
-- A tree, walked with an accumulator in each frame.
local function tree(depth) if depth == 0 then return { v = 1 } end return { v = depth, l = tree(depth - 1), r = tree(depth - 1) } end
local function count(t) if not t then return 0, 0 end local a, b = count(t.l) local c, d = count(t.r) return a + c + 1, b + d + t.v end
print(count(tree(9)))
-- The depth is limited in native code too.
local function down(n) return 1 + down(n + 1) end
print((pcall(down, 1)))
--! out: 278800	4501500
--! out: 1597	5.5
--! out: 2
--! out: true	true	false	odd
--! out: 49	false	recursion_upwards.lua:19: attempt to perform arithmetic on local 'below' (a string value)
--! out: 1023	1525
--! out: false
