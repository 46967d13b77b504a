-- debug.traceback: frames of every kind, levels, messages that are no strings.
local function inner() return (debug.traceback("msg")) end
local function middle() local r = inner() return r end
function outer() local r = middle() return r end
print(outer())
local t = {}
function t.field() local r = debug.traceback() return r end
function t:method() local r = t.field() return r end
print(t:method())
print((function() local r = debug.traceback("anonymous") return r end)())
print(r)
print(debug.traceback("level 0", 0))
print(debug.traceback("level 1", 1))
print(debug.traceback("level 2", 2))
local function two() local r = debug.traceback("from 2", 2) return r end
local function call_two() local r = two() return r end
print(call_two())
print(debug.traceback({}) ~= nil, type(debug.traceback({})), debug.traceback(nil), debug.traceback(5))
print(select(2, xpcall(function() local x = nil; x() end, debug.traceback)))
print(select(2, xpcall(function() error("in pcall") end, function(m) return debug.traceback(m, 2) end)))
table.sort({2, 1}, function(a, b) if r then print((debug.traceback("in sort"):gsub("\n.*", ""))) r = nil end return a < b end)
local co = coroutine.create(function() local function f() coroutine.yield() end f() end)
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(co, nil), debug.traceback(co, "m", 1))
local function deep(n) if n == 0 then return (debug.traceback("deep")) end local r = deep(n - 1) return r end
local text = deep(40)
local _, lines = text:gsub("\n", "\n")
print(lines, text:find("...", 1, true) ~= nil)
print(text)
for k, v in ipairs{1} do print(pcall(function() local s = debug.traceback("in loop") return (s:gsub("\n.*", "")) end)) end
--! out: msg
--! out: stack traceback:
--! out: 	tracebacks.lua:2: in function 'inner'
--! out: 	tracebacks.lua:3: in function 'middle'
--! out: 	tracebacks.lua:4: in function 'outer'
--! out: 	tracebacks.lua:5: in main chunk
--! out: 	[C]: ?
--! out: stack traceback:
--! out: 	tracebacks.lua:7: in function 'field'
--! out: 	tracebacks.lua:8: in function 'method'
--! out: 	tracebacks.lua:9: in main chunk
--! out: 	[C]: ?
--! out: anonymous
--! out: stack traceback:
--! out: 	tracebacks.lua:10: in function <tracebacks.lua:10>
--! out: 	tracebacks.lua:10: in main chunk
--! out: 	[C]: ?
--! out: nil
--! out: level 0
--! out: stack traceback:
--! out: 	[C]: in function 'traceback'
--! out: 	tracebacks.lua:12: in main chunk
--! out: 	[C]: ?
--! out: level 1
--! out: stack traceback:
--! out: 	tracebacks.lua:13: in main chunk
--! out: 	[C]: ?
--! out: level 2
--! out: stack traceback:
--! out: 	[C]: ?
--! out: from 2
--! out: stack traceback:
--! out: 	tracebacks.lua:16: in function 'call_two'
--! out: 	tracebacks.lua:17: in main chunk
--! out: 	[C]: ?
--! out: true	table	nil	5
--! out: stack traceback:
--! out: 	tracebacks.lua:18: in main chunk
--! out: 	[C]: ?
--! out: tracebacks.lua:19: attempt to call local 'x' (a nil value)
--! out: stack traceback:
--! out: 	tracebacks.lua:19: in function <tracebacks.lua:19>
--! out: 	[C]: in function 'xpcall'
--! out: 	tracebacks.lua:19: in main chunk
--! out: 	[C]: ?
--! out: tracebacks.lua:20: in pcall
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	tracebacks.lua:20: in function <tracebacks.lua:20>
--! out: 	[C]: in function 'xpcall'
--! out: 	tracebacks.lua:20: in main chunk
--! out: 	[C]: ?
--! out: stack traceback:
--! out: 	[C]: in function 'yield'
--! out: 	tracebacks.lua:22: in function 'f'
--! out: 	tracebacks.lua:22: in function <tracebacks.lua:22>
--! out: nil	m
--! out: stack traceback:
--! out: 	tracebacks.lua:22: in function 'f'
--! out: 	tracebacks.lua:22: in function <tracebacks.lua:22>
--! out: 23	true
--! out: deep
--! out: stack traceback:
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	...
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:26: in function 'deep'
--! out: 	tracebacks.lua:27: in main chunk
--! out: 	[C]: ?
--! out: true	in loop
