-- __call: arguments, results, chains, methods, tail calls, iterators, pcall.
local c = setmetatable({n = 0}, {__call = function(self, ...) self.n = self.n + 1 return self.n, select("#", ...), ... end})
print(c())
print(c(1, nil, 3))
print((c("x")), c.n)
print(pcall(c, "a"))
print(select("#", c(unpack({}, 1, 10))))
local function tail(...) return c(...) end
print(tail("t"))
local obj = {m = c}
print(obj.m(1) == 6, select(3, obj:m(2)) == obj)
local cc = setmetatable({}, {__call = c})
print(pcall(cc, 1))
local class = setmetatable({}, {__call = function(cls, v) return setmetatable({v = v}, cls) end})
class.__index = class
function class:get() return self.v end
print(class(7):get())
for i in setmetatable({}, {__call = function(self, s, i) i = (i or 0) + 1 if i < 4 then return i end end}) do io.write(i, " ") end
print()
print(pcall(setmetatable({}, {})))
print(pcall(setmetatable({}, {__call = 1})))
local t = {}
print(pcall(function() t() end))
print(pcall(function() t.x() end))
print(pcall(function() t.x.y() end))
local co = coroutine.wrap(function(...) local r = {c(...)} coroutine.yield(#r) return "end" end)
print(co(1, 2), co())
local deep = setmetatable({}, {__call = function(self, n) if n == 0 then return "bottom" end return (self(n - 1)) end})
print(deep(50))
print(string.gsub("abc", "%w", setmetatable({}, {__index = function(_, k) return k:upper() end})))
table.sort({3, 1, 2}, function(a, b) return a < b end)
print(pcall(table.sort, {3, 1, 2}, c))
local sum = setmetatable({}, {__call = function(_, a, b) return a + b end})
local total = 0
for i = 1, 100 do total = sum(total, i) end
print(total)
--! out: 1	0
--! out: 2	3	1	nil	3
--! out: 3	3
--! out: true	4	1	a
--! out: 12
--! out: 6	1	t
--! out: false	true
--! out: false	attempt to call a table value
--! out: 7
--! out: 1 2 3 
--! out: false	attempt to call a table value
--! out: false	attempt to call a table value
--! out: false	call_event.lua:23: attempt to call upvalue 't' (a table value)
--! out: false	call_event.lua:24: attempt to call field 'x' (a nil value)
--! out: false	call_event.lua:25: attempt to index field 'x' (a nil value)
--! out: 4	end
--! out: bottom
--! out: ABC	3
--! out: false	bad argument #2 to '?' (function expected, got table)
--! out: 5050
