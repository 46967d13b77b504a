-- Hot recursive functions: plain, mutual, through tables and methods, with loops inside, deep.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(17))
local function tak(x, y, z) if y >= x then return z end return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
print(tak(8, 4, 2))
local isodd
local function iseven(n) if n == 0 then return true end return isodd(n - 1) end
function isodd(n) if n == 0 then return false end return iseven(n - 1) end
local c = 0
for i = 1, 40 do if iseven(i) then c = c + 1 end end
print(c)
local function sum(t, i) i = i or 1 if i > #t then return 0 end return t[i] + sum(t, i + 1) end
local t = {}
for i = 1, 100 do t[i] = i end
print(sum(t))
local Node = {} Node.__index = Node
function Node.new(d) return setmetatable({v = d, l = d > 0 and Node.new(d - 1) or nil, r = d > 0 and Node.new(d - 1) or nil}, Node) end
function Node:total() return self.v + (self.l and self.l:total() or 0) + (self.r and self.r:total() or 0) end
function Node:depth() local d = 0 for _, k in ipairs{"l", "r"} do if self[k] then local x = self[k]:depth() if x > d then d = x end end end return d + 1 end
local tree = Node.new(6)
print(tree:total(), tree:depth())
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
print(deep(2000), deep(3000))
local function power(b, e) if e == 0 then return 1 end local h = power(b, math.floor(e / 2)) if e % 2 == 0 then return h * h end return h * h * b end
local p = 0
for i = 1, 30 do p = p + power(2, i) end
print(p)
local function flatten(t, out) for i = 1, #t do if type(t[i]) == "table" then flatten(t[i], out) else out[#out + 1] = t[i] end end return out end
local total = 0
for i = 1, 20 do total = total + #flatten({1, {2, {3, {4, 5}}, 6}, {{}}, i}, {}) end
print(total)
local function perms(a, n, f) if n == 0 then f(a) return end for i = 1, n do a[i], a[n] = a[n], a[i] perms(a, n - 1, f) a[i], a[n] = a[n], a[i] end end
local count, first = 0, 0
perms({1, 2, 3, 4, 5}, 5, function(a) count = count + 1 if a[1] == 1 then first = first + 1 end end)
print(count, first)
local function multi(n) if n == 0 then return 0, 1 end local a, b = multi(n - 1) return b, a + b end
local m = 0
for i = 1, 30 do m = m + multi(i) end
print(m)
local function count_down(n, ...) if n == 0 then return select("#", ...) end return count_down(n - 1, n, ...) end
print(count_down(60))
--! out: 1597
--! out: 3
--! out: 20
--! out: 5050
--! out: 120	7
--! out: 2000	3000
--! out: 2147483646
--! out: 140
--! out: 120	24
--! out: 2178308
--! out: 60
--! jit: min-native-loops 1
