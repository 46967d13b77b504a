-- Closures made and called at once, kept, compared and carried around loops; what they capture by value comes along.
local function adder(a)
  return function(b)
    return function(c) return a + b + c end
  end
end
local s = 0
for i = 1, 300 do s = s + adder(i)(1)(2) % 11 end
print(s)

-- Kept now and then.
local kept = {}
for i = 1, 300 do
  local add = adder(i)
  if i % 100 == 0 then kept[#kept + 1] = add end
  s = s + add(2)(i)
end
print(s, #kept, kept[1](1)(1), kept[3](1)(1))

-- Carried around the loop, each one over the one before and a value.
local f = function(x) return x end
for i = 1, 5 do
  local inner, n = f, i
  f = function(x) return inner(x) + n end
end
print(f(10))
local step = function(x) return x + 1 end
for i = 1, 200 do
  local n = i
  s = s + step(i)
  step = function(x) return x - n end
  if i == 170 then print(step(0)) end
end
print(step(0), s)

-- One that calls itself, and one over a cell of the function outside.
local count = 0
for i = 1, 150 do
  local function down(n) if n > 0 then return down(n - 1) end count = count + 1 return i end
  s = s + down(i % 3)
end
print(s, count)
local function counter()
  local n = 0
  return function(list)
    for i = 1, 150 do
      local bump = function(by) n = n + by return n end
      list[1] = bump(i % 2)
    end
    return n
  end
end
local list = {}
print(counter()(list), list[1])

-- Each is another function; objects of closures.
local same = 0
for i = 1, 120 do
  local a, b = function() return i end, function() return i end
  if a == b then same = same + 1 end
  if a() == b() then same = same + 2 end
end
print(same)
local function point(x, y)
  return { x = function() return x end, y = function() return y end, plus = function(o) return x + o.x(), y + o.y() end }
end
local p = point(0, 0)
for i = 1, 200 do
  p = point(p.plus(point(i, 1)))
  if i == 150 then print(p.x(), p.y()) end
end
print(p.x(), p.y())

-- The environment is the maker's.
local env = setmetatable({}, { __index = _G })
local function maker(i) return function() g = i return g end end
setfenv(maker, env)
for i = 1, 150 do s = s + maker(i)() end
print(s, env.g, g)
--! out: 1500
--! out: 92400	3	102	302
--! out: 25
--! out: -170
--! out: -200	92601
--! out: 103926	150
--! out: 75	75
--! out: 240
--! out: 11325	150
--! out: 20100	200
--! out: 115251	150	nil
--! jit: min-native-loops 5
