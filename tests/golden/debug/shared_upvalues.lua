-- debug.upvalueid tells which upvalues are one variable, debug.upvaluejoin makes them one: also while loops are native code.
local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end
end
local inc, get = counter()
local other_inc, other_get = counter()
local function id(f) return debug.upvalueid(f, 1) end
print(type(id(inc)), id(inc) == id(get), id(inc) == id(other_inc))
for i = 1, 200 do inc() other_inc() end
debug.upvaluejoin(get, 1, other_inc, 1)
print(id(get) == id(inc), id(get) == id(other_inc))
other_inc()
print(inc(), get(), other_get())

-- The variable that a loop reads changes under it.
other_inc()
local seen = 0
for i = 1, 300 do
  if i == 150 then debug.upvaluejoin(get, 1, inc, 1) end
  if i == 250 then debug.upvaluejoin(get, 1, other_inc, 1) end
  seen = seen + get() % 2
end
print(seen)

-- A variable that is still on the stack.
local function open()
  local x = 1
  local function set(v) x = v end
  debug.upvaluejoin(get, 1, set, 1)
  set(40)
  x = x + 2
  return get()
end
print(open(), get())

-- Upvalues by number, and what is none.
local a, b = 1, 2
local function both() return a, b end
local function second() b = b + 1 return b end
print(debug.upvalueid(both, 2) == debug.upvalueid(second, 1), debug.upvalueid(both, 1) == debug.upvalueid(second, 1))
debug.upvaluejoin(both, 1, second, 1)
second()
print(both())
for _, case in ipairs { { both, 0 }, { both, 3 }, { 1, 1 }, { both } } do
  print(pcall(debug.upvalueid, unpack(case, 1, 2)))
end
for _, case in ipairs { { both, 0, second, 1 }, { both, 1, second, 2 }, { 1, 1, second, 1 }, { print, 1, second, 1 } } do
  print(pcall(debug.upvaluejoin, unpack(case, 1, 4)))
end
--! ours: LuaJIT's extension
--! out: userdata	true	false
--! out: false	true
--! out: 201	201	201
--! out: 100
--! out: 42	42
--! out: true	false
--! out: 3	3
--! out: false	bad argument #2 to '?' (index out of range)
--! out: false	bad argument #2 to '?' (index out of range)
--! out: false	bad argument #1 to '?' (function expected, got number)
--! out: false	bad argument #2 to '?' (number expected, got nil)
--! out: false	bad argument #2 to '?' (index out of range)
--! out: false	bad argument #4 to '?' (index out of range)
--! out: false	bad argument #1 to '?' (function expected, got number)
--! out: false	bad argument #1 to '?' (Lua function expected)
