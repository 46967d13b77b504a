-- What a hot loop has worked on dies when the program lets go of it, be it a constant of native code: a function that was called, a
-- table behind an upvalue, a metatable.
local seen = setmetatable({}, { __mode = "v" })
local function left()
  collectgarbage()
  collectgarbage()
  local n = 0
  for _ in pairs(seen) do n = n + 1 end
  return n
end

local function sum(f)
  local s = 0
  for i = 1, 100 do s = s + f(i) end
  return s
end
local function with_closure()
  local data = { 1, 2, 3 }
  local function f(x) return x + #data end
  seen[1], seen[2] = f, data
  return sum(f)
end
print(with_closure(), left())
--! out: 5350	0
print(with_closure(), with_closure(), left())
--! out: 5350	5350	0

local function total(object)
  local s = 0
  for i = 1, 100 do s = s + object:get(i) end
  return s
end
local function with_class()
  local class = { get = function(self, i) return self.base + i end }
  class.__index = class
  local object = setmetatable({ base = 10 }, class)
  seen[1], seen[2], seen[3] = class, object, class.get
  return total(object)
end
print(with_class(), left())
--! out: 6050	0
print(with_class(), with_class(), left())
--! out: 6050	6050	0

-- Objects that the loop makes, of a class that dies.
local function with_objects()
  local class = {}
  class.__index = class
  function class.value(self) return self.n end
  local s, last = 0, nil
  for i = 1, 100 do
    local object = setmetatable({ n = i }, class)
    if i % 7 == 0 then last = object end
    s = s + object:value()
  end
  seen[1], seen[2], seen[3] = class, last, class.value
  return s + last.n
end
print(with_objects(), left())
--! out: 5148	0

-- A table that is stored as it is, and one that is compared with.
local function with_marker()
  local marker, list, n = {}, {}, 0
  seen[1] = marker
  for i = 1, 100 do list[i] = i % 2 == 0 and marker or i end
  for i = 1, 100 do if list[i] == marker then n = n + 1 end end
  return n
end
print(with_marker(), left())
--! out: 50	0

-- What is alive stays native, and right.
local counter = { n = 0 }
function counter.step(by) counter.n = counter.n + by end
for round = 1, 5 do
  for i = 1, 100 do counter.step(round) end
  collectgarbage()
end
print(counter.n)
--! out: 1500
