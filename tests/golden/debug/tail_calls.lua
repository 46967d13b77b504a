-- Tail calls leave levels behind, in every tier.
local function loop(n, f) if n == 0 then return f() end return loop(n - 1, f) end
local function call(n, f) local r = loop(n, f) return r end

for i = 1, 120 do
  local text = call(i % 4, function() return debug.traceback("t" .. i) .. "" end)
  if i > 116 then print(text) end
end

local many = 20000
local function deep(n)
  if n > 0 then return deep(n - 1) end
  local tails = 0
  for level = 2, many do
    if debug.getinfo(level, "S").what == "tail" then tails = tails + 1 end
  end
  return tails, debug.getinfo(many + 2).what
end
local tails, what = deep(many)
print(tails, what)

-- What is known of such a level.
local function last()
  local info = debug.getinfo(2)
  for _, k in ipairs{ "source", "short_src", "what", "currentline", "linedefined", "lastlinedefined", "nups", "namewhat", "name", "func" } do
    io.write(k, "=", tostring(info[k]), " ")
  end
  print(debug.getinfo(1, "n").name)
  print(debug.getlocal(2, 1))
  print(pcall(getfenv, 3))
  print(pcall(setfenv, 3, {}))
  print(type(getfenv(3)))
  error("here", 2)
end
local function middle() return last() end
print(pcall(function() middle() end))
print(debug.getinfo(-1).what, debug.getlocal(-1, 1))

-- Varargs, methods and called objects.
local function va(...)
  local n = ...
  if n == 0 then return (debug.traceback("va")) end
  return va(n - 1, select(2, ...))
end
for i = 1, 100 do
  local text = va(i % 3, "a", "b")
  if i > 97 then print(text) end
end
local object = { n = 2 }
function object:down() if self.n == 0 then return (debug.traceback("method")) end self.n = self.n - 1 return self:down() end
print((object:down()))
local callable = setmetatable({}, { __call = function(self, x) return (debug.traceback("called")) end })
print((function() return callable(1) end)())

-- A native function is not what a tail call leaves.
print((function() return debug.traceback("native") end)())

-- A coroutine's levels.
local co = coroutine.create(function(n) return loop(n, coroutine.yield) end)
coroutine.resume(co, 3)
print(debug.traceback(co))
--! out: t117
--! out: stack traceback:
--! out: 	tail_calls.lua:6: in function <tail_calls.lua:6>
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:3: in function 'call'
--! out: 	tail_calls.lua:6: in main chunk
--! out: 	[C]: ?
--! out: t118
--! out: stack traceback:
--! out: 	tail_calls.lua:6: in function <tail_calls.lua:6>
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:3: in function 'call'
--! out: 	tail_calls.lua:6: in main chunk
--! out: 	[C]: ?
--! out: t119
--! out: stack traceback:
--! out: 	tail_calls.lua:6: in function <tail_calls.lua:6>
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:3: in function 'call'
--! out: 	tail_calls.lua:6: in main chunk
--! out: 	[C]: ?
--! out: t120
--! out: stack traceback:
--! out: 	tail_calls.lua:6: in function <tail_calls.lua:6>
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:3: in function 'call'
--! out: 	tail_calls.lua:6: in main chunk
--! out: 	[C]: ?
--! out: 19999	main
--! out: source==(tail call) short_src=(tail call) what=tail currentline=-1 linedefined=-1 lastlinedefined=-1 nups=0 namewhat= name= func=nil nil
--! out: nil
--! out: false	no function environment for tail call at level 3
--! out: false	no function environment for tail call at level 3
--! out: table
--! out: false	here
--! out: tail	nil
--! out: va
--! out: stack traceback:
--! out: 	tail_calls.lua:42: in function <tail_calls.lua:40>
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:46: in main chunk
--! out: 	[C]: ?
--! out: va
--! out: stack traceback:
--! out: 	tail_calls.lua:42: in function 'va'
--! out: 	tail_calls.lua:46: in main chunk
--! out: 	[C]: ?
--! out: va
--! out: stack traceback:
--! out: 	tail_calls.lua:42: in function <tail_calls.lua:40>
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:46: in main chunk
--! out: 	[C]: ?
--! out: method
--! out: stack traceback:
--! out: 	tail_calls.lua:50: in function <tail_calls.lua:50>
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:51: in main chunk
--! out: 	[C]: ?
--! out: called
--! out: stack traceback:
--! out: 	tail_calls.lua:52: in function <tail_calls.lua:52>
--! out: 	(tail call): ?
--! out: 	tail_calls.lua:53: in main chunk
--! out: 	[C]: ?
--! out: native
--! out: stack traceback:
--! out: 	tail_calls.lua:56: in function <tail_calls.lua:56>
--! out: 	tail_calls.lua:56: in main chunk
--! out: 	[C]: ?
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	tail_calls.lua:2: in function <tail_calls.lua:2>
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	(tail call): ?
