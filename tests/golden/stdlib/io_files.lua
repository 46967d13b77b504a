-- Files: open modes, read formats, lines, seek, write chains, buffering, closing, errors.
local name = os.tmpname()
local f = assert(io.open(name, "w"))
print(io.type(f), io.type(5), io.type(io.stdout), tostring(f):match("^file %(") ~= nil)
print(f:write("line 1\n", "line 2\n", 3, " ", 4.5, "\n", "last") == true or "chained")
print(f:seek(), f:seek("set", 2), f:seek("end"), f:seek("cur", -4))
f:write("LAST")
f:close()
print(io.type(f), tostring(f), pcall(f.write, f, "x"))
f = io.open(name)
print(f:read(), f:read("*l"), f:read("*n"), f:read("*n"), f:read("*l"), f:read("*a"), f:read("*a"), f:read("*l"), f:read("*n"))
print(f:seek("set"), f:read(4), f:read(0), f:read(1, 1, 2), f:read(100))
print(f:read(0), f:read(1))
f:close()
for line in io.lines(name) do io.write("[", line, "]") end print()
f = io.open(name)
for line in f:lines() do io.write("<", line, ">") end print()
print(io.type(f), f:close(), pcall(f.lines, f))
f = io.open(name, "a")
f:write("\nappended\n\n")
f:close()
f = io.open(name, "r+")
f:write("LINE")
f:seek("end")
f:write("end")
f:close()
f = io.open(name, "rb")
print(#f:read("*a"), f:read("*a"), f:read("*l"))
f:close()
io.output(name)
io.write("through default output\n", 1, " ", 2)
print(io.output() ~= io.stdout)
io.close()
io.output(io.stdout)
io.input(name)
print(io.read("*l", "*n", "*n", "*l"))
print(io.read("*l"), io.read("*a"))
io.close(io.input())
io.input(io.stdin)
print(pcall(io.lines, "/no/such/file"))
print(io.open("/no/such/file"))
print(select("#", io.open("/no/such/file", "r")), pcall(io.open, name, "r") and "opens")
f = io.open(name, "w")
for i = 1, 100 do f:write(i, i % 10 == 0 and "\n" or " ") end
print(f:setvbuf("full"), f:setvbuf("no"), f:setvbuf("line", 1024), f:flush() == f or f:flush())
f:close()
local sum, lines = 0, 0
for line in io.lines(name) do lines = lines + 1 for n in line:gmatch("%d+") do sum = sum + n end end
print(sum, lines)
f = io.open(name)
local total = 0
while true do local n = f:read("*n") if not n then break end total = total + n end
print(total, f:read("*l"))
f:close()
f = io.open(name, "wb")
f:write("a\tb\r\nc\n", "\255", "0x10 -3.5e2 .5 x")
f:close()
f = io.open(name, "rb")
print(f:read("*l"):byte(1, -1))
print(f:read("*l"), f:read(1):byte(), f:read("*n"), f:read("*n"), f:read("*n"), f:read("*n"))
f:close()
print(pcall(io.read, "*x"), pcall(function() local g = io.open(name) g:read("x") end))
local tmp = io.tmpfile()
tmp:write("temporary")
tmp:seek("set")
print(tmp:read("*a"), io.type(tmp), tmp:close(), io.type(tmp))
local p = io.popen("echo from shell; echo second")
print(p:read("*l"), p:read("*a"), p:close())
print(io.write("") == io.stdout, io.stdout:write("x\n") ~= nil)
io.stderr:write("")
print(os.remove(name))
--! out: file	nil	file	true
--! out: true
--! out: 24	2	24	20
--! out: closed file	file (closed)	false	attempt to use a closed file
--! out: line 1	line 2	3	4.5		LAST		nil	nil
--! out: 0	line		 	ine 2
--! out: 3 4.5
--! out: LAST
--! out: nil	nil
--! out: [line 1][line 2][3 4.5][LAST]
--! out: <line 1><line 2><3 4.5><LAST>
--! out: file	true	false	attempt to use a closed file
--! out: 38		nil
--! out: true
--! out: through default output	1	2	nil
--! out: nil	
--! out: false	bad argument #1 to '?' (/no/such/file: No such file or directory)
--! out: nil	/no/such/file: No such file or directory	2
--! out: 3	opens
--! out: true	true	true	true
--! out: 5050	10
--! out: 5050	nil
--! out: 97	9	98	13
--! out: c	255	16	-350	0.5	nil
--! out: false	false	io_files.lua:62: bad argument #1 to 'read' (invalid option)
--! out: temporary	file	true	closed file
--! out: from shell	second
--! out: 	true
--! out: x
--! out: false	true
--! out: true
