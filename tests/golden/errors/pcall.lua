-- pcall, xpcall, error, assert: values, levels, nesting, rethrowing, handlers that fail.
print(pcall(function() return 1, nil, 3 end))
print(pcall(error), pcall(error, nil), pcall(error, "m"), pcall(error, "m", 0))
print(pcall(function() error("level 1") end))
print(pcall(function() error("level 0", 0) end))
local function thrower(level) error("thrown", level) end
local function caller(level) thrower(level) end
print(pcall(caller, 1))
print(pcall(caller, 2))
print(pcall(caller, 3))
print(pcall(function() caller(3) end))
for _, v in ipairs{42, true, false} do print(pcall(error, v)) end
local t = {code = 1}
local ok, e = pcall(error, t)
print(ok, e == t, e.code)
print(pcall(error, 42, 2), pcall(error, print) == false)
print(pcall(function() local ok, e = pcall(error, "inner", 0) error("outer:" .. e, 0) end))
print(pcall(pcall, error, "x"))
print(pcall(pcall))
print(pcall(function() return pcall(function() return pcall(function() error("deep", 0) end) end) end))
print(xpcall(function() error("msg", 0) end, function(m) return "handled " .. m end))
print(xpcall(function() return 1, 2, 3 end, print))
print(xpcall(function() local x = nil; return x.y end, function(m) return m:upper() end))
print(xpcall(function() error({1, 2}) end, function(e) return #e, "dropped" end))
print(xpcall(function() error("first", 0) end, function(m) error("second", 0) end))
print(pcall(xpcall), pcall(xpcall, print))
print(pcall(assert, false), pcall(assert, nil, "message"), pcall(assert))
print(pcall(assert, false, {}) == false, select("#", assert(1, 2, nil)), assert("v", "m"))
print(select(2, pcall(assert, nil, "with text")), select(2, pcall(assert, nil)))
print(pcall(nil), pcall(5), pcall({}))
local function cleanup(f) local log = {} local r = {pcall(f, log)} log[#log + 1] = "cleanup" return table.concat(log, ","), unpack(r) end
print(cleanup(function(log) log[1] = "work" return "fine" end))
print(cleanup(function(log) log[1] = "work" error("bad", 0) end))
local function rethrow() local ok, e = pcall(error, {n = 1}) e.n = e.n + 1 error(e) end
local _, e2 = pcall(rethrow)
print(e2.n)
local count = 0
for i = 1, 50 do if not pcall(function() if i % 3 == 0 then error(i) end end) then count = count + 1 end end
print(count)
local E = setmetatable({}, {__tostring = function() return "custom error" end})
print(select(2, pcall(error, E)) == E, tostring(select(2, pcall(error, E))))
print(pcall(string.rep), pcall(string.rep, "x", -1))
print(pcall(function() error("x", 100) end), pcall(function() error() end))
local depth = 0
local function nest(n) if n == 0 then error("bottom", 0) end local ok, m = pcall(nest, n - 1) depth = depth + 1 error(m .. "", 0) end
print(pcall(nest, 50)) print(depth)
--! out: true	1	nil	3
--! out: false	false	false	false	m
--! out: false	pcall.lua:4: level 1
--! out: false	level 0
--! out: false	pcall.lua:6: thrown
--! out: false	pcall.lua:7: thrown
--! out: false	thrown
--! out: false	pcall.lua:11: thrown
--! out: false	42
--! out: false	true
--! out: false	false
--! out: false	true	1
--! out: false	true
--! out: false	outer:inner
--! out: true	false	x
--! out: false	bad argument #1 to '?' (value expected)
--! out: true	true	false	deep
--! out: false	handled msg
--! out: true	1	2	3
--! out: false	PCALL.LUA:23: ATTEMPT TO INDEX LOCAL 'X' (A NIL VALUE)
--! out: false	2
--! out: false	error in error handling
--! out: false	false	bad argument #2 to '?' (value expected)
--! out: false	false	false	bad argument #1 to '?' (value expected)
--! out: true	3	v	m
--! out: with text	assertion failed!
--! out: false	false	false	attempt to call a table value
--! out: work,cleanup	true	fine
--! out: work,cleanup	false	bad
--! out: 2
--! out: 16
--! out: true	custom error
--! out: false	true	
--! out: false	false	nil
--! out: false	bottom
--! out: 50
