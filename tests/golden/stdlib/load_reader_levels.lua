-- A reader runs right above `load`, in tracebacks and to hooks; an error of it is shown to the handlers outside before `load`
-- makes it a result.
local function failing() error("no more") end
local function tracing() print(debug.traceback("reading")) end

print(type(load(tracing)))
print(load(failing) == nil, pcall(load, failing))
print(xpcall(function() return load(failing) end, debug.traceback))
print(type(select(3, xpcall(function() return load(failing) end, function(message) return { message } end))))

-- The innermost handler is asked; a `pcall` hides those outside.
local function shout(message) return message:upper() end
print(xpcall(function()
    print(select(2, load(failing)))
    print(pcall(function() return load(failing) end))
    return xpcall(function() return load(failing) end, function(message) return "inner " .. message end)
end, shout))
print(xpcall(function() return load(failing) end, function() error("in the handler") end))

-- Levels.
local function level(n) return function() error("from level " .. n, n) end end
for n = 1, 4 do print(select(2, load(level(n)))) end
print(load(function()
    for n = 0, 3 do
        local info = debug.getinfo(n, "nSl")
        print(n, info.what, info.name, info.currentline)
    end
end) ~= nil)

-- Events.
local events = {}
local function reader() return nil end
debug.sethook(function(event)
    local info = debug.getinfo(2, "nS")
    events[#events + 1] = event .. " " .. info.what .. " " .. tostring(info.name)
end, "cr")
load(reader)
debug.sethook()
print(table.concat(events, "\n"))
--! out: reading
--! out: stack traceback:
--! out: 	load_reader_levels.lua:4: in function <load_reader_levels.lua:4>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:6: in main chunk
--! out: 	[C]: ?
--! out: reading
--! out: stack traceback:
--! out: 	load_reader_levels.lua:4: in function <load_reader_levels.lua:4>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:6: in main chunk
--! out: 	[C]: ?
--! out: function
--! out: true	true	nil	load_reader_levels.lua:3: no more
--! out: true	nil	load_reader_levels.lua:3: no more
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	load_reader_levels.lua:3: in function <load_reader_levels.lua:3>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:8: in function <load_reader_levels.lua:8>
--! out: 	[C]: in function 'xpcall'
--! out: 	load_reader_levels.lua:8: in main chunk
--! out: 	[C]: ?
--! out: table
--! out: LOAD_READER_LEVELS.LUA:3: NO MORE
--! out: true	nil	load_reader_levels.lua:3: no more
--! out: true	true	nil	inner load_reader_levels.lua:3: no more
--! out: true	nil	error in error handling
--! out: load_reader_levels.lua:21: from level 1
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	load_reader_levels.lua:21: in function <load_reader_levels.lua:21>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:22: in main chunk
--! out: 	[C]: ?
--! out: from level 2
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	load_reader_levels.lua:21: in function <load_reader_levels.lua:21>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:22: in main chunk
--! out: 	[C]: ?
--! out: load_reader_levels.lua:22: from level 3
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	load_reader_levels.lua:21: in function <load_reader_levels.lua:21>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:22: in main chunk
--! out: 	[C]: ?
--! out: from level 4
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	load_reader_levels.lua:21: in function <load_reader_levels.lua:21>
--! out: 	[C]: in function 'load'
--! out: 	load_reader_levels.lua:22: in main chunk
--! out: 	[C]: ?
--! out: 0	C	getinfo	-1
--! out: 1	Lua	nil	25
--! out: 2	C	load	-1
--! out: 3	main	nil	23
--! out: 0	C	getinfo	-1
--! out: 1	Lua	nil	25
--! out: 2	C	load	-1
--! out: 3	main	nil	23
--! out: true
--! out: return C sethook
--! out: call C load
--! out: call Lua nil
--! out: return Lua nil
--! out: call Lua nil
--! out: return Lua nil
--! out: return C load
--! out: call C sethook
