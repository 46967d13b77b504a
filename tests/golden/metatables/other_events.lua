-- __tostring, __metatable, __len (userdata only), __concat corners, __index on other types, getmetatable.
local t = setmetatable({}, {__tostring = function(self) return "shown" end})
print(t, tostring(t), #t)
print(pcall(tostring, setmetatable({}, {__tostring = function() return 1 end})))
print(pcall(print, setmetatable({}, {__tostring = function() return {} end})))
print(pcall(tostring, setmetatable({}, {__tostring = function() error("no", 0) end})))
local locked = setmetatable({}, {__metatable = "locked"})
print(getmetatable(locked), pcall(setmetatable, locked, {}))
print(getmetatable(setmetatable({}, {__metatable = false})), getmetatable({}), getmetatable(1))
print(getmetatable("").__index == string, getmetatable("x") == getmetatable("y"))
print(#setmetatable({1, 2}, {__len = function() return 42 end}))
local u = newproxy(true)
getmetatable(u).__len = function(x) return x == u and 42 end
getmetatable(u).__index = function(_, k) return k .. "!" end
getmetatable(u).__newindex = function(_, k, v) t[k] = v end
getmetatable(u).__call = function(_, ...) return "called", ... end
getmetatable(u).__tostring = function() return "proxy" end
getmetatable(u).__unm = function() return "negated" end
u.field = 5
print(#u, u.name, t.field, tostring(u), -u)
print(u(1, 2))
local bare = newproxy()
print(type(bare), getmetatable(bare), pcall(function() return bare.x end))
print(pcall(function() return #bare end))
local shared = newproxy(u)
print(getmetatable(shared) == getmetatable(u), shared.x)
print(pcall(newproxy, {}), pcall(newproxy, 1))
local cat = {__concat = function(a, b) return (type(a) == "table" and "T" or a) .. "&" .. (type(b) == "table" and "T" or b) end}
local c = setmetatable({}, cat)
print(c .. "x", "x" .. c, c .. c, 1 .. c, "a" .. "b" .. c, c .. "a" .. "b", "a" .. c .. "b")
print(pcall(function() return c .. nil end), pcall(function() return {} .. {} end))
print(pcall(setmetatable, 1, {}), pcall(setmetatable, {}, 1))
print(pcall(setmetatable, {}))
local m = {}
print(setmetatable(m, nil) == m, getmetatable(setmetatable({}, nil)))
setmetatable(m, {__index = {x = 1}})
print(m.x, setmetatable(m, nil).x)
string.shout = function(s) return s:upper() .. "!" end
print(("hey"):shout())
string.shout = nil
print(pcall(function() return ("hey"):shout() end))
print(type(setmetatable({}, {__type = "x"})), rawequal(m, m), rawget(t, "field"), rawset(m, "k", 1) == m, m.k)
debug.setmetatable(0, {__index = function(n, k) return n .. k end, __call = function(n, x) return n * x end})
print((5).x, (5)(6), pcall(function() return (1) .. nil end))
debug.setmetatable(0, nil)
debug.setmetatable(nil, {__index = function() return "from nil" end})
print((nil).x, undefined.y)
debug.setmetatable(nil, nil)
print(pcall(function() return (nil).x end))
--! out: shown	shown	0
--! out: true	1
--! out: false	'tostring' must return a string to 'print'
--! out: false	no
--! out: locked	false	cannot change a protected metatable
--! out: false	nil	nil
--! out: true	true
--! out: 2
--! out: 42	name!	5	proxy	negated
--! out: called	1	2
--! out: userdata	nil	false	other_events.lua:23: attempt to index upvalue 'bare' (a userdata value)
--! out: false	other_events.lua:24: attempt to get length of upvalue 'bare' (a userdata value)
--! out: true	x!
--! out: false	false	bad argument #1 to '?' (boolean or proxy expected)
--! out: T&x	x&T	T&T	1&T	ab&T	T&ab	aT&b
--! out: false	false	other_events.lua:31: attempt to concatenate a table value
--! out: false	false	bad argument #2 to '?' (nil or table expected)
--! out: false	bad argument #2 to '?' (nil or table expected)
--! out: true	nil
--! out: 1	nil
--! out: HEY!
--! out: false	other_events.lua:41: attempt to call method 'shout' (a nil value)
--! out: table	true	5	true	1
--! out: 5x	30	false	other_events.lua:44: attempt to concatenate a nil value
--! out: from nil	from nil
--! out: false	other_events.lua:49: attempt to index a nil value
