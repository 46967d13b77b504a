-- Objects made in hot loops: escaping and not, in branches, closures, varargs, strings; survivors stay right.
local s = 0
for i = 1, 300 do local p = {x = i, y = i + 1} s = s + p.x * p.y end
print(s)
local keep = {}
for i = 1, 100 do local o = {id = i, list = {i, i * 2}} if i % 10 == 0 then keep[#keep + 1] = o end end
s = 0
for i = 1, #keep do s = s + keep[i].id + keep[i].list[2] end
print(#keep, s)
local prev
for i = 1, 100 do prev = {v = i, prev = i % 7 ~= 0 and prev or nil} end
local n, sum = 0, 0
while prev do n = n + 1 sum = sum + prev.v prev = prev.prev end
print(n, sum)
local function pt(x, y) return {x = x, y = y} end
local function addp(a, b) return pt(a.x + b.x, a.y + b.y) end
local acc = pt(0, 0)
for i = 1, 200 do acc = addp(acc, pt(i, -i)) end
print(acc.x, acc.y)
local fs = {}
for i = 1, 60 do local up = {i} local f = function() return up[1] end if i % 20 == 0 then fs[#fs + 1] = f end s = s + f() end
print(s, fs[1](), fs[3]())
local t = 0
for i = 1, 100 do local a = {i, i + 1, i + 2, n = 3} local c = 0 for j = 1, a.n do c = c + a[j] end t = t + c end
print(t)
local strs = {}
for i = 1, 50 do local x = "s" .. i .. "e" if i % 5 == 0 then strs[#strs + 1] = x end end
print(table.concat(strs, ","))
local late
for i = 1, 100 do local tmp = {i} if i == 90 then late = tmp end tmp[1] = tmp[1] + 1 end
print(late[1])
local function pack(...) return {n = select("#", ...), ...} end
local m = 0
for i = 1, 50 do local p = pack(i, nil, i) m = m + p.n + p[1] + p[3] end
print(m)
local tree = {}
local function insert(node, v) if not node.v then node.v = v elseif v < node.v then node.l = node.l or {} insert(node.l, v) else node.r = node.r or {} insert(node.r, v) end end
local seed = 17
for i = 1, 60 do seed = (seed * 53 + 7) % 101 insert(tree, seed) end
local out = {}
local function walk(nd) if nd and nd.v then walk(nd.l) out[#out + 1] = nd.v walk(nd.r) end end
walk(tree)
local sorted = true
for i = 2, #out do sorted = sorted and out[i - 1] <= out[i] end
print(#out, sorted, out[1], out[#out])
local mt = {__index = {get = function(o) return o.v end}}
local q = 0
for i = 1, 100 do q = q + setmetatable({v = i}, mt):get() end
print(q)
--! out: 9090200
--! out: 10	1650
--! out: 3	297
--! out: 20100	-20100
--! out: 3480	20	60
--! out: 15450
--! out: s5e,s10e,s15e,s20e,s25e,s30e,s35e,s40e,s45e,s50e
--! out: 91
--! out: 2700
--! out: 60	true	0	100
--! out: 5050
--! jit: min-native-loops 1
