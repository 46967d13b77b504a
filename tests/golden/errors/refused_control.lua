-- Functions that change control have a level in tracebacks also when they refuse their arguments.
local function trace(f, ...)
    local args, n = { ... }, select("#", ...)
    local function call() f(unpack(args, 1, n)) end
    print(select(2, xpcall(call, debug.traceback)))
end
trace(pcall)
trace(xpcall)
trace(xpcall, print)
trace(coroutine.resume)
trace(coroutine.resume, 1)
trace(coroutine.yield, 1)
local over = coroutine.wrap(function() end)
over()
trace(over)

-- The level has all that others have.
print(xpcall(function() pcall() end, function()
    local info = debug.getinfo(2, "nSlf")
    return info.name .. " " .. info.what .. " " .. info.currentline .. " " .. tostring(info.func == pcall)
end))
print(xpcall(function() local resume = coroutine.resume resume(nil) end, function(message)
    local info = debug.getinfo(2, "nS")
    return message .. ": " .. info.name .. ", " .. info.namewhat .. ", " .. info.what .. "; " .. debug.getinfo(3, "l").currentline
end))
--! out: refused_control.lua:4: bad argument #1 to 'f' (value expected)
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:7: in main chunk
--! out: 	[C]: ?
--! out: refused_control.lua:4: bad argument #2 to 'f' (value expected)
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:8: in main chunk
--! out: 	[C]: ?
--! out: refused_control.lua:4: bad argument #2 to 'f' (value expected)
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:9: in main chunk
--! out: 	[C]: ?
--! out: refused_control.lua:4: bad argument #1 to 'f' (coroutine expected)
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:10: in main chunk
--! out: 	[C]: ?
--! out: refused_control.lua:4: bad argument #1 to 'f' (coroutine expected)
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:11: in main chunk
--! out: 	[C]: ?
--! out: attempt to yield across metamethod/C-call boundary
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:12: in main chunk
--! out: 	[C]: ?
--! out: refused_control.lua:4: cannot resume dead coroutine
--! out: stack traceback:
--! out: 	[C]: in function 'f'
--! out: 	refused_control.lua:4: in function <refused_control.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	refused_control.lua:5: in function 'trace'
--! out: 	refused_control.lua:15: in main chunk
--! out: 	[C]: ?
--! out: false	pcall C -1 true
--! out: false	refused_control.lua:22: bad argument #1 to 'resume' (coroutine expected): resume, local, C; 22
