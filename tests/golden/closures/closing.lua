-- Variables are closed on break, return, error, end of block and tail call, and only then.
local saved
for i = 1, 5 do
  local x = i
  saved = function() x = x + 1 return x end
  if i == 3 then break end
end
print(saved(), saved())
local function ret()
  local x = 1
  local f = function() x = x + 1 return x end
  x = 10
  return f, f()
end
local f, v = ret()
print(v, f(), f())
local function tail()
  local x = 5
  local function inner() x = x + 1 return function() x = x + 1 return x end end
  return inner()
end
print(tail()())
local escaped
print(pcall(function()
  local x = 1
  escaped = function() x = x + 1 return x end
  x = 20
  error("out", 0)
end))
print(escaped(), escaped())
do
  local x = "block"
  escaped = function() return x end
  x = x .. " closed"
end
do local y = "reuses the register" end
print(escaped())
local co = coroutine.wrap(function()
  local x = 0
  escaped = function() x = x + 1 return x end
  coroutine.yield("first")
  x = x + 100
  coroutine.yield("second")
end)
print(co(), escaped(), co(), escaped())
co()
print(escaped())
local list = {}
local i = 1
while true do
  local x = i
  list[i] = function() return x end
  if i >= 3 then break end
  i = i + 1
end
print(list[1](), list[2](), list[3]())
local function nested()
  for a = 1, 3 do
    for b = 1, 3 do
      local s = a * 10 + b
      if b == 2 and a == 2 then return function() s = s + 0.5 return s, a, b end end
    end
  end
end
print(nested()())
-- an upvalue of an outer function, opened once and seen by both
local function two()
  local x = 1
  local function a() x = x + 1 end
  local function b() x = x * 10 end
  a() b() a()
  return function() return x end
end
print(two()())
--! out: 4	5
--! out: 11	12	13
--! out: 7
--! out: false	out
--! out: 21	22
--! out: block closed
--! out: first	1	second	102
--! out: 103
--! out: 1	2	3
--! out: 22.5	2	2
--! out: 21
