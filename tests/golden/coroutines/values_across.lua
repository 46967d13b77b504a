-- Any number of values crosses a switch either way, by each way to make one; hooks and full stacks on either side.
local yield, resume, wrap, create = coroutine.yield, coroutine.resume, coroutine.wrap, coroutine.create
local function values(n)
  local t = {}
  for i = 1, n do t[i] = i end
  return unpack(t, 1, n)
end
local function count(...) return select("#", ...) end

-- In and out by the same number, from none to more than a fresh stack holds.
for _, n in ipairs { 0, 1, 2, 3, 4, 60, 500 } do
  local co = create(function(...)
    local got = count(...)
    while true do got = count(yield(values(got))) end
  end)
  local w = wrap(function(...)
    local got = count(...)
    while true do got = count(yield(values(got))) end
  end)
  local resumed, wrapped
  for _ = 1, 70 do resumed, wrapped = count(resume(co, values(n))), count(w(values(n))) end
  print(n, resumed, wrapped)
end

-- More and fewer results than are wanted.
local co = create(function() for i = 1, 200 do yield(i) yield() yield(i, i + 1) yield(i, i + 1, i + 2) end end)
local sum = 0
for i = 1, 200 do
  local _, a, none = resume(co)
  local _, nothing = resume(co)
  local _, b, c, missing = resume(co)
  local _, d = resume(co)
  sum = sum + a + b + c + d
  assert(none == nil and nothing == nil and missing == nil)
end
print(sum, resume(co), coroutine.status(co))
print(resume(co))

-- Iterators of a generic loop: wrapped coroutines, Lua functions, objects; loops in loops.
local function numbers(n) return wrap(function(...) for i = 1, n do yield(i, count(...)) end end) end
local function upto(n) return function(limit, i) i = (i or 0) + 1 if i <= limit then return i, n end end, n end
local object = setmetatable({}, { __call = function(_, limit, i) if i < limit then return i + 1, limit end end })
sum = 0
for i, given in numbers(100) do
  for j, n in upto(i % 7) do sum = sum + j * n end
  for k, limit in object, i % 5, 0 do sum = sum + k * limit end
  sum = sum + given
end
print(sum)

-- An iterator that fails, one that is dead, one that is no function.
print(pcall(function() for _ in wrap(function() yield(1) error("inside", 0) end) do end end))
local finished = wrap(function() end)
finished()
print(pcall(function() for _ in finished do end end))
print(pcall(function() for _ in 5 do end end))
print(pcall(function() for _ in wrap(function() yield(1) coroutine.resume(nil) end) do end end))

-- Switches between a thread with a hook and one without.
local events = 0
co = create(function()
  debug.sethook(function() events = events + 1 end, "cr")
  for i = 1, 10 do yield(i) end
  debug.sethook()
  for i = 11, 20 do yield(i) end
end)
sum = 0
for _ = 1, 20 do sum = sum + select(2, resume(co)) end
print(sum, events > 20)
local before = events
resume(co)
print(events == before)
--! out: 0	1	0
--! out: 1	2	1
--! out: 2	3	2
--! out: 3	4	3
--! out: 4	5	4
--! out: 60	61	60
--! out: 500	501	500
--! out: 80600	true	dead
--! out: false	cannot resume dead coroutine
--! out: 5231
--! out: false	values_across.lua:52: inside
--! out: false	values_across.lua:55: cannot resume dead coroutine
--! out: false	values_across.lua:56: attempt to call a number value
--! out: false	values_across.lua:57: values_across.lua:57: bad argument #1 to 'resume' (coroutine expected)
--! out: 210	true
--! out: true
