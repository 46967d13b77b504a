-- Call and return events, of Lua functions and native ones, and what `getinfo` says in them.
local log = {}
local function hook(event, line)
  local info = debug.getinfo(2, "nSl")
  log[#log + 1] = table.concat({ event, tostring(line), tostring(info.name), info.namewhat, info.what, info.currentline }, " ")
end
local function show(title, mask, f, ...)
  log = {}
  debug.sethook(hook, mask)
  f(...)
  debug.sethook()
  print("-- " .. title)
  print(table.concat(log, "\n"))
end

local function add(a, b) return a + b end
show("plain", "cr", function() add(1, 2) end)
show("natives", "cr", function()
  local s = string.format("%d", 3)
  for k in pairs{ 1 } do s = k end
  for _, v in ipairs{ 1 } do s = v end
end)
show("protected calls", "cr", function()
  pcall(error, "x")
  pcall(function() error("y") end)
end)
show("callbacks", "cr", function()
  table.sort({ 2, 1 }, function(a, b) return a < b end)
  string.gsub("a", "a", function(c) return c end)
end)
show("metamethods", "cr", function()
  local t = setmetatable({}, { __index = function(t, k) return k end, __call = function(self, x) return x end })
  local x = t.y
  x = t(1)
end)
show("varargs", "cr", function(...) return select("#", ...) end, 1, 2, 3)

-- The events of a coroutine are its own hook's.
local co = coroutine.create(function(a)
  local b = coroutine.yield(a)
  return b
end)
show("not the coroutine's", "cr", function() coroutine.resume(co, 1) end)
log = {}
debug.sethook(co, hook, "crl")
coroutine.resume(co, 2)
print(table.concat(log, "\n"))
print(debug.gethook(co) == hook, select(2, debug.gethook(co)))

-- A tail call is no return; the function that it enters returns for those that it replaced, too.
local order = {}
local function third() end
local function second() return third() end
local function first() return second() end
debug.sethook(function(event) order[#order + 1] = event end, "cr")
first()
debug.sethook()
print(table.concat(order, ", "))

-- Events are counted by instructions.
local n = 0
debug.sethook(function(event, line) n = n + 1; assert(event == "count" and line == nil) end, "", 1)
for i = 1, 1000 do end
debug.sethook()
print(n > 1000 and n < 1020)
n = 0
debug.sethook(function() n = n + 1 end, "", 4)
for i = 1, 1000 do end
print(n > 250 and n < 256, select(2, debug.gethook()))
debug.sethook()
print(debug.gethook())
--! out: -- plain
--! out: return nil sethook field C -1
--! out: call nil f local Lua 17
--! out: call nil add upvalue Lua 16
--! out: return nil add upvalue Lua 16
--! out: return nil f local Lua 17
--! out: call nil sethook field C -1
--! out: -- natives
--! out: return nil sethook field C -1
--! out: call nil f local Lua 19
--! out: call nil format field C -1
--! out: return nil format field C -1
--! out: call nil pairs global C -1
--! out: return nil pairs global C -1
--! out: call nil (for generator) local C -1
--! out: return nil (for generator) local C -1
--! out: call nil (for generator) local C -1
--! out: return nil (for generator) local C -1
--! out: call nil ipairs global C -1
--! out: return nil ipairs global C -1
--! out: call nil (for generator) local C -1
--! out: return nil (for generator) local C -1
--! out: call nil (for generator) local C -1
--! out: return nil (for generator) local C -1
--! out: return nil f local Lua 22
--! out: call nil sethook field C -1
--! out: -- protected calls
--! out: return nil sethook field C -1
--! out: call nil f local Lua 24
--! out: call nil pcall global C -1
--! out: call nil nil  C -1
--! out: return nil pcall global C -1
--! out: call nil pcall global C -1
--! out: call nil nil  Lua 25
--! out: call nil error global C -1
--! out: return nil pcall global C -1
--! out: return nil f local Lua 26
--! out: call nil sethook field C -1
--! out: -- callbacks
--! out: return nil sethook field C -1
--! out: call nil f local Lua 28
--! out: call nil sort field C -1
--! out: call nil nil  Lua 28
--! out: return nil nil  Lua 28
--! out: return nil sort field C -1
--! out: call nil gsub field C -1
--! out: call nil nil  Lua 29
--! out: return nil nil  Lua 29
--! out: return nil gsub field C -1
--! out: return nil f local Lua 30
--! out: call nil sethook field C -1
--! out: -- metamethods
--! out: return nil sethook field C -1
--! out: call nil f local Lua 32
--! out: call nil setmetatable global C -1
--! out: return nil setmetatable global C -1
--! out: call nil nil  Lua 32
--! out: return nil nil  Lua 32
--! out: call nil t local Lua 32
--! out: return nil t local Lua 32
--! out: return nil f local Lua 35
--! out: call nil sethook field C -1
--! out: -- varargs
--! out: return nil sethook field C -1
--! out: call nil f local Lua 36
--! out: call nil select global C -1
--! out: return nil select global C -1
--! out: return nil f local Lua 36
--! out: call nil sethook field C -1
--! out: -- not the coroutine's
--! out: return nil sethook field C -1
--! out: call nil f local Lua 43
--! out: call nil resume field C -1
--! out: return nil resume field C -1
--! out: return nil f local Lua 43
--! out: call nil sethook field C -1
--! out: return nil yield field C -1
--! out: line 41 nil  Lua 41
--! out: return nil nil  Lua 41
--! out: true	crl	0
--! out: return, call, call, call, return, tail return, tail return, call
--! out: true
--! out: true		4
--! out: nil		0
