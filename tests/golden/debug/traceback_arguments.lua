-- What stands between the message of debug.traceback and its level, and levels below 0.
print(debug.traceback("m", -2))
print(debug.traceback("a", "b"))
print(debug.traceback("a", 1, "b", "dropped"))
print(debug.traceback("a", "2", "dropped"))
print(debug.traceback(12, "x", 3.5))
print(pcall(debug.traceback, "a", nil))
print(pcall(debug.traceback, "a", true, "b"))
print(debug.traceback(nil, "last"), debug.traceback(false, 1), debug.traceback(true))
print(debug.getinfo(1e300, "n").name, pcall(debug.getinfo, 1e300, "x"))
--! out: m
--! out: stack traceback:
--! out: 	(tail call): ?
--! out: 	(tail call): ?
--! out: 	[C]: in function 'traceback'
--! out: 	traceback_arguments.lua:2: in main chunk
--! out: 	[C]: ?
--! out: ab
--! out: stack traceback:
--! out: 	traceback_arguments.lua:3: in main chunk
--! out: 	[C]: ?
--! out: a1b
--! out: stack traceback:
--! out: 	traceback_arguments.lua:4: in main chunk
--! out: 	[C]: ?
--! out: a2
--! out: stack traceback:
--! out: 	[C]: ?
--! out: 12x3.5
--! out: stack traceback:
--! out: 	traceback_arguments.lua:6: in main chunk
--! out: 	[C]: ?
--! out: false	attempt to concatenate a nil value
--! out: false	attempt to concatenate a boolean value
--! out: last	false	true
--! out: getinfo	false	bad argument #2 to '?' (invalid option)
