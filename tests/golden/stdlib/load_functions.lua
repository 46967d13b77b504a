-- load, loadstring, loadfile, dofile, string.dump.
print(loadstring("return 1 + 1")(), loadstring("return ...")(1, 2), loadstring("x = 5")(), x)
print(loadstring("syntax error here"), loadstring("return", "name") ~= nil)
local parts, i = {"return ", "1", " + ", "41"}, 0
print(load(function() i = i + 1 return parts[i] end)())
i = 0
print(select("#", load(function() i = i + 1 return ({"return", "", " 5"})[i] end)()))
i = 0
local bytes = "local a, b = ... return a * b"
print(load(function() i = i + 1 return i <= #bytes and bytes:sub(i, i) or nil end, "=bytes")(6, 7))
print(select("#", load(function() return nil end)()))
print(pcall(load, function() error("in reader", 0) end))
print(pcall(load, function() return {} end))
local name = os.tmpname()
local f = io.open(name, "w")
f:write("#! first line skipped\nlocal a = ... ; loaded = (loaded or 0) + 1 return a, 'result', loaded\n")
f:close()
print(loadfile(name)(10))
print(dofile(name))
print(select("#", loadfile("/no/such/file")), (loadfile("/no/such/file")))
print(pcall(dofile, "/no/such/file"))
f = io.open(name, "w")
f:write("return return")
f:close()
print((select(2, loadfile(name)):gsub("^.-:", "FILE:")))
print((select(2, pcall(dofile, name)):gsub("^.-:", "FILE:")))
f = io.open(name, "w")
f:write("error('runtime error')")
f:close()
print((select(2, pcall(dofile, name)):gsub("^.-:", "FILE:")))
os.remove(name)
local function add(a, b) return a + b end
local dumped = string.dump(add)
print(type(dumped), #dumped > 10, loadstring(dumped)(2, 3))
local fib = loadstring(string.dump(loadstring("local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end return fib(...)")))
print(fib(10))
print(loadstring("return function(x) return x * 2 end")()(21))
local env = {}
setfenv(loadstring("a = 1 b = 2"), env)()
print(env.a, env.b, a, b)
local acc = {}
for k = 1, 20 do acc[k] = loadstring("return " .. k .. " * " .. k)() end
print(table.concat(acc, " "))
print(pcall(loadstring("local x = ... return x.y.z"), {}))
local g = loadstring("local n = 0 return function() n = n + 1 return n end")
local g1, g2 = g(), g()
print(g1(), g1(), g2())
--! out: 2	1	nil	5
--! out: nil	true
--! out: 42
--! out: 0
--! out: 42
--! out: 0
--! out: true	nil	in reader
--! out: true	nil	reader function must return a string
--! out: 10	result	1
--! out: nil	result	2
--! out: 2	nil
--! out: false	cannot open /no/such/file: No such file or directory
--! out: FILE:1: unexpected symbol near 'return'
--! out: FILE:1: unexpected symbol near 'return'
--! out: FILE:1: runtime error
--! out: string	true	5
--! out: 55
--! out: 42
--! out: 1	2	nil	nil
--! out: 1 4 9 16 25 36 49 64 81 100 121 144 169 196 225 256 289 324 361 400
--! out: false	[string "local x = ... return x.y.z"]:1: attempt to index field 'y' (a nil value)
--! out: 1	2	1
