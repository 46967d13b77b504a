-- __index and __newindex: functions, tables, chains, raw access, and what triggers them.
local log = {}
local proxy = setmetatable({}, {
  __index = function(t, k) log[#log + 1] = "get " .. tostring(k) return k end,
  __newindex = function(t, k, v) log[#log + 1] = "set " .. tostring(k) .. "=" .. tostring(v) end})
proxy.a = 1
proxy[1] = proxy.b
proxy[true] = nil
print(proxy.a, proxy[2], rawget(proxy, "a"), next(proxy))
print(table.concat(log, "; "))
local A = {x = "A.x", y = "A.y"}
local B = setmetatable({y = "B.y"}, {__index = A})
local C = setmetatable({}, {__index = B})
print(C.x, C.y, C.z, rawget(C, "x"))
A.z = "late"
print(C.z)
C.x = "own"
print(C.x, B.x, A.x)
C.x = nil
print(C.x)
B.x = "B.x now"
print(C.x)
local store = {}
local w = setmetatable({}, {__newindex = store})
w.a = 1
w.a = 2
print(rawget(w, "a"), store.a)
rawset(w, "a", 3)
w.a = 4
print(w.a, store.a)
local w2 = setmetatable({}, {__newindex = w})
w2.b = 5
print(rawget(w2, "b"), rawget(w, "b"), store.b)
-- existing keys do not trigger, cleared ones do again
local count = 0
local g = setmetatable({k = 1}, {__newindex = function(t, k, v) count = count + 1 rawset(t, k, v) end, __index = function() return "default" end})
g.k = 2
g.k = nil
print(g.k, count)
g.k = 3
g.k = 4
print(g.k, count)
g[1] = "a"
g[1] = "b"
g[2] = "c"
print(g[1], g[3], #g, count)
local def = setmetatable({}, {__index = function(t, k) local v = k * 2 rawset(t, k, v) return v end})
print(def[1], def[2], def[1], rawget(def, 1), rawget(def, 3))
local ro = setmetatable({}, {__index = {v = 1}, __newindex = function(t, k) error("read-only: " .. k, 2) end})
print(ro.v, pcall(function() ro.v = 2 end))
local s = setmetatable({}, {__index = "string as index"})
print(s.len == string.len, s.upper == string.upper, pcall(function() return s.x end))
print(pcall(function() return setmetatable({}, {__index = 5}).x end))
print(pcall(function() setmetatable({}, {__newindex = 5}).x = 1 end))
local loop = {}
setmetatable(loop, {__index = loop, __newindex = loop})
print(pcall(function() return loop.x end))
print(pcall(function() loop.x = 1 end))
local f = setmetatable({}, {__index = setmetatable({}, {__call = function(self, t, k) return "called " .. k end})})
print(pcall(function() return f.key end))
local multi = setmetatable({}, {__index = function() return 1, 2, 3 end})
print(multi.x, (select("#", multi.x)))
print(("abc").len == string.len, ("abc").nope, #"abc", pcall(function() return ("x").y.z end))
--! out: a	2	nil	nil
--! out: set a=1; get b; set 1=b; set true=nil; get a; get 2
--! out: A.x	B.y	nil	nil
--! out: late
--! out: own	A.x	A.x
--! out: A.x
--! out: B.x now
--! out: nil	2
--! out: 4	2
--! out: nil	nil	5
--! out: default	0
--! out: 4	1
--! out: b	default	2	3
--! out: 2	4	2	2	nil
--! out: 1	false	index_events.lua:50: read-only: v
--! out: true	true	true	nil
--! out: false	index_events.lua:53: attempt to index a number value
--! out: false	index_events.lua:54: attempt to index a number value
--! out: false	index_events.lua:57: loop in gettable
--! out: false	index_events.lua:58: loop in settable
--! out: true	nil
--! out: 1	1
--! out: true	nil	3	false	index_events.lua:63: attempt to index field 'y' (a nil value)
