-- The handler of an xpcall sees an error that comes out of a wrapped coroutine, once it is back in the caller.
local function handler(message) return "handled " .. tostring(message) end
print(xpcall(coroutine.wrap(function() error("direct") end), handler))
local wrapped = coroutine.wrap(function() error("inner") end)
print(xpcall(function() wrapped() end, handler))
print(xpcall(function()
  coroutine.wrap(function() coroutine.wrap(function() error({}) end)() end)()
end, function(e) return type(e) end))
print(xpcall(function()
  coroutine.wrap(function() error("x", 0) end)()
end, function() error("again") end))
-- A coroutine that is run by the handler itself.
print(xpcall(error, function() coroutine.wrap(function() error("in it") end)() end))
print(xpcall(function() coroutine.wrap(function() error("t") end)() end, debug.traceback))
-- A handler goes by the name of what could not be called, if that was the error.
local function named()
  local info = debug.getinfo(2, "n")
  return tostring(info.name) .. " " .. info.namewhat
end
local nothing, object = nil, {}
local function name_of(f)
  return select(2, xpcall(f, function() return (named()) end))
end
print(name_of(function() local callee = 1 callee() end))
print(name_of(function() undefined() end))
print(name_of(function() nothing() end))
print(name_of(function() object:method() end))
print(name_of(function() object.field() end))
print(name_of(function() for _ in 1 do end end))
print(name_of(function() local x = nothing + 1 end))
print(name_of(function() local x = nothing.field end))
print(name_of(function() error("raised") end))
print(name_of(function() math.floor() end))
-- Tail calls of a handler come before the function that raised the error.
local function trace() return (debug.traceback("trace")) end
print(select(2, xpcall(function() error("raised") end, function() return trace() end)))
--! out: false	handled handlers_and_wrapped.lua:3: direct
--! out: false	handled handlers_and_wrapped.lua:5: handlers_and_wrapped.lua:4: inner
--! out: false	table
--! out: false	error in error handling
--! out: false	error in error handling
--! out: false	handlers_and_wrapped.lua:14: handlers_and_wrapped.lua:14: t
--! out: stack traceback:
--! out: 	[C]: ?
--! out: 	handlers_and_wrapped.lua:14: in function <handlers_and_wrapped.lua:14>
--! out: 	[C]: in function 'xpcall'
--! out: 	handlers_and_wrapped.lua:14: in main chunk
--! out: 	[C]: ?
--! out: callee local
--! out: undefined global
--! out: nothing upvalue
--! out: method method
--! out: field field
--! out: (for generator) local
--! out: nil 
--! out: nil 
--! out: nil 
--! out: nil 
--! out: trace
--! out: stack traceback:
--! out: 	handlers_and_wrapped.lua:35: in function <handlers_and_wrapped.lua:35>
--! out: 	(tail call): ?
--! out: 	[C]: in function 'error'
--! out: 	handlers_and_wrapped.lua:36: in function <handlers_and_wrapped.lua:36>
--! out: 	[C]: in function 'xpcall'
--! out: 	handlers_and_wrapped.lua:36: in main chunk
--! out: 	[C]: ?
