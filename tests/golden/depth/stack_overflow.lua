-- Endless recursion is an error that can be caught, after which everything works.
local function endless(n) return 1 + endless(n + 1) end
local ok, message = pcall(endless, 1)
print(ok, message:match("stack overflow"))
local mutual2
local function mutual1(n) return (mutual2(n)) end
function mutual2(n) return (mutual1(n)) end
ok, message = pcall(mutual1, 1)
print(ok, message:match("stack overflow") or message)
local t = setmetatable({}, {__index = function(t, k) return t[k] end})
ok, message = pcall(function() return t.x end)
print(ok, message:match("overflow"))
local m = setmetatable({}, {})
getmetatable(m).__add = function(a, b) return a + b end
ok, message = pcall(function() return m + 1 end)
print(ok, message:match("overflow"))
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
print(sum(1000))
local co = coroutine.create(endless)
ok, message = coroutine.resume(co, 1)
print(ok, message:match("stack overflow"), coroutine.status(co))
local caught = 0
for i = 1, 3 do if not pcall(endless, 1) then caught = caught + 1 end end
print(caught)
local function deep_error(n) if n == 0 then error("bottom", 0) end return 1 + deep_error(n - 1) end
print(pcall(deep_error, 5000))
local function handler(m) return type(m) end
print(xpcall(endless, handler, 1))
local depth = 0
local function count() depth = depth + 1 return 1 + count() end
pcall(count)
print(depth > 1000)
--! out: false	stack overflow
--! out: false	stack overflow
--! out: false	overflow
--! out: false	overflow
--! out: 500500
--! out: false	stack overflow	dead
--! out: 3
--! out: false	bottom
--! out: false	string
--! out: true
--! not-modes: gc-stress jit-gc-stress
