-- Zero bytes are characters like any other, but where PUC Lua hands a text to C they end it.
print("a\0b", ("a\0b"):len(), "c")
print(#string.format("%c", 0), #string.format("x%cy", 0), #string.format("%5c", 0), #string.format("%-5c", 0))
print(#string.format("%s", "ab\0cd"), #string.format("%.4s", "ab\0cd"), #string.format("%-6s", "ab\0cd"))
local long = ("x"):rep(50) .. "\0" .. ("y"):rep(60)
print(#string.format("%s", long), #string.format("%.60s", long), #string.format("%q", "a\0b"))
print(#string.format("a\0b%dc\0", 1), ("a\0b\0"):find("\0b\0"), ("a\0b"):upper() == "A\0B", ("\0a"):rep(2) == "\0a\0a")
print(loadstring("x = \0", "=c"))
--! out: a	3	c
--! out: 0	2	4	0
--! out: 2	2	6
--! out: 111	50	8
--! out: 6	2	true	true
--! out: nil	c:1: unexpected symbol
