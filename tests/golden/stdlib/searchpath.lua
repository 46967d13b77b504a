-- package.searchpath looks for a file as require does.
local name = os.tmpname()
local directory, base = name:match("^(.*)/([^/]*)$")
print(package.searchpath(base, "./nothing/?;" .. directory .. "/?") == name)
print(package.searchpath("x-" .. base, "/?", "x-", directory:sub(2) .. "/") == name)
os.remove(name)
print(package.searchpath("a.b", "?;?.x"))
print(package.searchpath("a.b", "?", "", "+"))
print(package.searchpath("a-b", "?.y;;?", "-", "_"))
print(package.searchpath("a", ""))
print(pcall(package.searchpath, "a"))
print(pcall(package.searchpath, "a", "?", {}))
--! ours: LuaJIT's extension
--! out: true
--! out: true
--! out: nil	
--! out: 	no file 'a/b'
--! out: 	no file 'a/b.x'
--! out: nil	
--! out: 	no file 'a.b'
--! out: nil	
--! out: 	no file 'a_b.y'
--! out: 	no file 'a_b'
--! out: nil	
--! out: false	bad argument #2 to '?' (string expected, got no value)
--! out: false	bad argument #3 to '?' (string expected, got table)
