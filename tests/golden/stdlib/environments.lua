-- getfenv, setfenv: functions, levels, closures, coroutines, module-style environments, _G.
print(getfenv() == _G, getfenv(1) == _G, getfenv(print) == _G, getfenv(0) == _G, _G._G == _G)
local function f() return v end
v = "global"
print(f())
setfenv(f, {v = "own"})
print(f(), v, getfenv(f).v)
local function g() local getfenv = getfenv setfenv(1, {print = print, w = 5}) print(w, v) return getfenv(1) end
print(g().w)
local function set_callers() setfenv(2, setmetatable({z = "set by callee"}, {__index = _G})) end
local function h() set_callers() return z end
print(h(), z)
-- new closures take the environment of the function that makes them
local function maker() return function() return who end end
who = "old"
local before = maker()
setfenv(maker, {who = "new"})
local after = maker()
print(before(), after())
setfenv(before, {who = "changed"})
print(before(), after())
-- globals through metatables
local log = {}
local env = setmetatable({}, {__index = function(_, k) log[#log + 1] = "get " .. k return _G[k] end, __newindex = function(t, k, v) log[#log + 1] = "set " .. k rawset(t, k, v) end})
local chunk = loadstring("x1 = tostring(12) x2 = x1 .. '!' return x2")
setfenv(chunk, env)
print(chunk(), table.concat(log, ","), x1)
-- strict globals
local strict = setmetatable({}, {__index = function(_, k) error("undeclared " .. k, 2) end})
print(pcall(setfenv(function() return missing end, strict)))
print(setfenv(f, _G) == f, f())
local t = {}
setfenv(0, setmetatable(t, {__index = _G}))
print(getfenv(0) == t, getfenv(1) == _G, getfenv(loadstring("")) == t)
setfenv(0, _G)
local co = coroutine.create(function() return getfenv(0) == _G, getfenv(1) == _G end)
print(coroutine.resume(co))
local e2 = {}
co = coroutine.wrap(setfenv(function() a = 1 coroutineyield = nil b = 2 end, e2))
co()
print(e2.a, e2.b, a)
for i = 1, 6 do
  local function fn() return val end
  if i % 2 == 0 then setfenv(fn, {val = i}) end
  io.write(tostring(fn()), " ")
end
print()

local new = 0
for name in ("_G _VERSION assert collectgarbage dofile error gcinfo getfenv getmetatable ipairs load loadfile loadstring module newproxy next pairs pcall print rawequal rawget rawset require select setfenv setmetatable tonumber tostring type unpack xpcall coroutine debug io math os package string table"):gmatch("%S+") do
  if _G[name] == nil then print("missing", name) end
  new = new + 1
end
print(new, _VERSION)
--! out: true	true	true	true	true
--! out: global
--! out: own	global	own
--! out: 5	nil
--! out: 5
--! out: set by callee	nil
--! out: old	new
--! out: changed	new
--! out: 12!	get tostring,set x1,set x2	nil
--! out: false	environments.lua:30: undeclared missing
--! out: true	global
--! out: true	true	true
--! out: true	true	true
--! out: 1	2	nil
--! out: nil 2 nil 4 nil 6 
--! out: 39	Lua 5.1
