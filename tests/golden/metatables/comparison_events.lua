-- __eq, __lt, __le by the rules of 5.1: same handler needed, __le falls back on __lt, same types only.
local log = {}
local mt = {}
mt.__eq = function(a, b) log[#log + 1] = "eq" return a.v == b.v end
mt.__lt = function(a, b) log[#log + 1] = "lt" return a.v < b.v end
mt.__le = function(a, b) log[#log + 1] = "le" return a.v <= b.v end
local function new(v, m) return setmetatable({v = v}, m or mt) end
local a, b, c = new(1), new(2), new(1)
print(a == b, a == c, a ~= b, a ~= c, a == a)
print(a < b, a > b, a <= c, a >= b, b <= a)
print(table.concat(log, " "))
print(a == 1, 1 == a, a == nil, a ~= "x", rawequal(a, c))
local only_lt = {__lt = function(a, b) return a.v < b.v end}
local p, q = new(1, only_lt), new(2, only_lt)
print(p < q, p <= q, q <= p, p >= q, p > q)
local m1, m2 = {__eq = mt.__eq}, {__eq = mt.__eq}
print(new(1, m1) == new(1, m2))
local m3 = {__eq = function() return true end}
print(new(1, m1) == new(1, m3), new(1, m3) == new(2, m3), new(1) == {v = 1})
local truthy = {__eq = function() return 1 end, __lt = function() return "yes" end, __le = function() return nil end}
local x, y = new(1, truthy), new(2, truthy)
print(x == y, x < y, x <= y, not (x <= y), x ~= y)
local l1, l2 = {__lt = mt.__lt}, {__lt = function() return false end}
print(pcall(function() return new(1, l1) < new(2, l2) end))
print(pcall(function() return new(1, l1) < 5 end))
print(pcall(function() return {} < {} end))
print(pcall(function() return new(1) < {v = 1} end))
local s = {}
for i, v in ipairs{5, 3, 9, 1, 7} do s[i] = new(v) end
log = {}
table.sort(s)
print(s[1].v, s[2].v, s[3].v, s[4].v, s[5].v, #log > 0)
if a < b and not (b < a) and a <= c and a == c then print("branch") end
local n = 0
while new(n) < new(5) do n = n + 1 end
print(n)
local u1, u2 = newproxy(true), newproxy(true)
getmetatable(u1).__eq = function() return true end
getmetatable(u2).__eq = getmetatable(u1).__eq
print(u1 == u2, u1 == newproxy(true))
--! out: false	true	true	false	true
--! out: true	false	true	false	false
--! out: eq eq eq eq lt lt le le le
--! out: false	false	false	true	false
--! out: true	true	false	false	false
--! out: true
--! out: false	true	false
--! out: true	true	false	true	false
--! out: false	comparison_events.lua:24: attempt to compare two table values
--! out: false	comparison_events.lua:25: attempt to compare table with number
--! out: false	comparison_events.lua:26: attempt to compare two table values
--! out: false	comparison_events.lua:27: attempt to compare two table values
--! out: 1	3	5	7	9	true
--! out: branch
--! out: 5
--! out: true	false
