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
