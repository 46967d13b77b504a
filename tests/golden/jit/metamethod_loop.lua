-- Metamethods in hot loops: index functions, newindex proxies, call, concat, comparison, unary minus.
local log = 0
local proxy = setmetatable({}, {__index = function(t, k) log = log + 1 return k * 2 end, __newindex = function(t, k, v) log = log + v end})
local s = 0
for i = 1, 150 do s = s + proxy[i] proxy[i] = 1 end
print(s, log)
local store = {}
local fwd = setmetatable({}, {__index = store, __newindex = store})
for i = 1, 100 do fwd.n = (fwd.n or 0) + i fwd[i] = i end
print(store.n, #store, rawget(fwd, "n"))
local M = {}
M.__index = M
M.__unm = function(a) return setmetatable({v = -a.v}, M) end
M.__concat = function(a, b) return (type(a) == "table" and a.v or a) .. "~" .. (type(b) == "table" and b.v or b) end
M.__le = function(a, b) return a.v <= b.v end
M.__lt = function(a, b) return a.v < b.v end
M.__call = function(self, x) return self.v + x end
M.__sub = function(a, b) return (type(a) == "table" and a.v or a) - (type(b) == "table" and b.v or b) end
local o = setmetatable({v = 3}, M)
s = 0
for i = 1, 100 do s = s + (-o).v + o(i) + (o - i) + (i - o) if o <= setmetatable({v = i}, M) then s = s + 1 end if o > setmetatable({v = i}, M) then s = s + 100 end end
print(s)
local str = ""
for i = 1, 20 do str = #str > 20 and o .. i or str .. o end
print(str)
local chain = setmetatable({}, {__index = setmetatable({a = 1}, {__index = setmetatable({b = 2}, {__index = function(_, k) return #k end})})})
s = 0
for i = 1, 100 do s = s + chain.a + chain.b + chain.ccc if i == 50 then chain.a = 10 end end
print(s)
local counts = setmetatable({}, {__index = function() return 0 end})
for i = 1, 200 do local k = i % 7 counts[k] = counts[k] + 1 end
print(counts[0], counts[1], counts[6], counts[7])
local ro = setmetatable({}, {__newindex = function(_, k) error("ro " .. k, 0) end})
local errs = 0
for i = 1, 40 do if not pcall(function() ro[i] = 1 end) then errs = errs + 1 end end
print(errs, next(ro))
local C = setmetatable({}, {__mod = function(a, b) return b end, __pow = function(a, b) return b * 2 end, __div = function(a, b) return type(a) == "table" and 1 or 2 end})
s = 0
for i = 1, 60 do s = s + C % i + C ^ i + C / i + i / C end
print(s)
local eqs = 0
local E = {__eq = function(a, b) return a.k == b.k end}
for i = 1, 60 do if setmetatable({k = i % 4}, E) == setmetatable({k = 1}, E) then eqs = eqs + 1 end end
print(eqs)
--! out: 22650	300
--! out: 5050	100	nil
--! out: 5348
--! out: 3~12~3~3~3~3~3~3~3~3
--! out: 1050
--! out: 28	29	28	0
--! out: 40	nil
--! out: 5670
--! out: 15
--! jit: min-native-loops 1
