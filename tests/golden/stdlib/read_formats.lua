-- Formats of read do without their star, "L" keeps a line's end, and lines takes formats too.
local name = os.tmpname()
local out = io.open(name, "w")
out:write("12 0x10\nsecond line\n\nlast")
out:close()
local f = io.open(name)
print(f:read("n", "*n", "l", "L", "*L", "*l", "L", "a", "l"))
f:close()
print(pcall(io.lines(name, "x")))
print(pcall(io.lines(name, "*x")))
for line in io.lines(name, "L") do io.write("[", line, "]") end print()
for a, b in io.lines(name, 3, "l") do print(a, b) end
f = io.open(name)
for n, m in f:lines("n", "n") do print(n, m) end
print(io.type(f), f:read("a"))
f:close()
-- An iterator that has come to the end has closed the file that io.lines opened.
local next_line = io.lines(name, "L", "a")
print(#next_line()) print(next_line()) print(pcall(next_line))
-- More formats than a function has slots.
local many = {}
for i = 1, 200 do many[i] = 0 end
print(select("#", io.lines(name, unpack(many))()))
for i = 201, 251 do many[i] = 0 end
print(pcall(io.lines, name, unpack(many)))
os.remove(name)
--! ours: LuaJIT's extension
--! out: 12	16		second line
--! out: 	
--! out: 	last	nil
--! out: false	bad argument #1 to '?' (invalid option)
--! out: false	bad argument #1 to '?' (invalid format)
--! out: [12 0x10
--! out: ][second line
--! out: ][
--! out: ][last]
--! out: 12 	0x10
--! out: sec	ond line
--! out:
--! out: la	st
--! out: 12	16
--! out: file	second line
--! out:
--! out: last
--! out: 8
--! out:
--! out: false	file is already closed
--! out: 200
--! out: false	bad argument #252 to '?' (too many arguments)
