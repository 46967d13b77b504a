-- print, type, raw access, select, next, tostring and others in the corners not met elsewhere.
print() print(nil) print(nil, nil) print("a", nil, "b") print(1, 2.5, true, "x")
print(type(nil), type(1), type("s"), type(true), type({}), type(print), type(newproxy()), type(coroutine.create(function() end)))
local old = tostring
tostring = function(v) return "<" .. old(v) .. ">" end
print(1, "x", nil)
tostring = function() return 5 end
local ok1, m1 = pcall(print, 1)
tostring = nil
local ok2, m2 = pcall(print, 1)
tostring = old
print(ok1, m1, ok2, m2)
local t = setmetatable({}, {__index = function() return "meta" end, __newindex = function() error("no") end, __eq = function() return true end})
print(rawget(t, 1), t[1], rawset(t, 1, "raw") == t, t[1], rawequal(t, setmetatable({}, getmetatable(t))))
print(select("#"), select("#", nil), select(1), select(2, "a"), (select(1, "x", "y")))
print(select(1.9, "a", "b"), select("2", "a", "b"), select(-1, "a", "b"))
print(next({}), next({"x"}), type(next), rawequal("a", "a"), rawequal(1, "1"))
print(tostring(print):match("^function") ~= nil, tostring({}):match("^table: ") ~= nil, tostring(newproxy()):match("^userdata: ") ~= nil)
print(assert(1), assert("a", "b"), (assert(5)))
print(unpack({1, 2, nil, 4}, 1, 4))
print(tostring(1e15), tostring(0.1), tostring(-1), tostring(100), tostring(2 ^ 63))
print(pcall(ipairs), pcall(type))
print(#arg, type(_G), _G.print == print, _G["_G"] == _G)
_G["dynamic name"] = 5
print(_G["dynamic name"], rawget(_G, "undefined"), undefined)
_G["dynamic name"] = nil
for k, v in pairs({dynamic = 1}) do _G[k] = v end
print(dynamic)
dynamic = nil
print(dynamic, rawget(_G, "dynamic"))
setmetatable(_G, {__index = function(_, k) return "auto " .. k end, __newindex = function(t, k, v) rawset(t, k, v * 2) end})
print(something, other)
newglobal = 21
print(newglobal)
setmetatable(_G, nil)
print(something)
local real_print = print
local out = {}
print = function(...) out[#out + 1] = select("#", ...) end
print(1, 2, 3) print()
print = real_print
print(table.concat(out, " "))
--! out:
--! out: nil
--! out: nil	nil
--! out: a	nil	b
--! out: 1	2.5	true	x
--! out: nil	number	string	boolean	table	function	userdata	thread
--! out: <1>	<x>	<nil>
--! out: 5
--! out: true	nil	false	attempt to call a nil value
--! out: nil	meta	true	raw	false
--! out: 0	1	nil	nil	x
--! out: a	b	b
--! out: nil	1	function	true	false
--! out: true	true	true
--! out: 1	a	5
--! out: 1	2	nil	4
--! out: 1e+15	0.1	-1	100	9.2233720368548e+18
--! out: false	false	bad argument #1 to '?' (value expected)
--! out: 0	table	true	true
--! out: 5	nil	nil
--! out: 1
--! out: nil	nil
--! out: auto something	auto other
--! out: 42
--! out: nil
--! out: 3 0
