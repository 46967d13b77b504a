-- Objects of every kind that are reachable in every possible way, while other objects come and go.
local function churn() local g = {} for i = 1, 20 do g[i] = {i, tostring(i) .. "g"} end return #g end
local upv = {"upvalue"}
local function closure() return upv[1] end
local co = coroutine.create(function(a) local l = {"in coroutine " .. a} while true do coroutine.yield(l[1]) churn() end end)
local tab = {[{}] = 1, s = ("long string "):rep(10), f = closure, co = co, nested = {{{"deep"}}}}
local mt = setmetatable({}, {__index = function(_, k) churn() return k .. " computed" end, __tostring = function() churn() return "object" end, __concat = function(a, b) churn() return "joined" end, __add = function(a, b) churn() return {a, b} end, __call = function(_, ...) churn() return ... end})
for round = 1, 3 do
  churn()
  print(closure(), select(2, coroutine.resume(co, "x")), #tab.s, tab.nested[1][1][1], mt.key, tostring(mt), mt .. 1, #(mt + 2), mt("a", nil, "b"))
end
local function args(...) churn() return select("#", ...), ... end
print(args("a" .. 1, {} and "t", ("b"):rep(3), nil))
print((function(...) churn() local t = {...} churn() return t[1] .. t[2] end)("x" .. 1, "y" .. 2))
for k, v in pairs({a = "va" .. 1}) do churn() print(k, v) end
for w in ("p q"):gmatch("%a") do churn() io.write(w, " ") end print()
print((("x-y"):gsub("%a", function(c) churn() return c:upper() .. churn() end)))
local t = {}
for i = 1, 10 do t[i] = {v = (i * 7) % 10, name = "n" .. i} end
table.sort(t, function(a, b) churn() return a.v < b.v end)
print(t[1].name, t[10].name)
print(pcall(function() local e = {msg = "error " .. 1} churn() error(e.msg, 0) end))
print(xpcall(function() error("E" .. 2, 0) end, function(m) churn() return m .. " handled" end))
print(loadstring("local a = ... churn = 1 return a .. 'chunk' .. 3")("in "))
local s = ""
for i = 1, 15 do s = s .. i churn() end
print(s)
local list
for i = 1, 10 do list = {v = "v" .. i, next = list} churn() end
local out = {}
while list do out[#out + 1] = list.v list = list.next end
print(table.concat(out, " "))
local fs = {}
for i = 1, 5 do local x = "c" .. i fs[i] = function() x = x .. "!" return x end churn() end
for r = 1, 2 do for i = 1, 5 do io.write(fs[i](), " ") end end print()
local env = setmetatable({print = print}, {__index = function(_, k) churn() return k .. "?" end})
setfenv(function() print(some_global) end, env)()
print(string.format("%s %s %s", "a" .. 1, "b" .. churn(), ("c"):rep(2)))
print(table.concat({"x" .. 1, "y" .. 2, churn()}, "-"))
print(unpack({"u" .. 1, "v" .. 2}))
local w = coroutine.wrap(function(...) local n = select("#", ...) churn() for i = 1, n do coroutine.yield((select(i, ...))) churn() end end)
print(w("one" .. 1, "two" .. 2), w(), w())
--! out: upvalue	in coroutine x	120	deep	key computed	object	joined	2	a	nil	b
--! out: upvalue	in coroutine x	120	deep	key computed	object	joined	2	a	nil	b
--! out: upvalue	in coroutine x	120	deep	key computed	object	joined	2	a	nil	b
--! out: 4	a1	t	bbb	nil
--! out: x1y2
--! out: a	va1
--! out: p q 
--! out: X20-Y20
--! out: n10	n7
--! out: false	error 1
--! out: false	E2 handled
--! out: in chunk3
--! out: 123456789101112131415
--! out: v10 v9 v8 v7 v6 v5 v4 v3 v2 v1
--! out: c1! c2! c3! c4! c5! c1!! c2!! c3!! c4!! c5!! 
--! out: some_global?
--! out: a1 b20 cc
--! out: x1-y2-20
--! out: u1	v2
--! out: one1	two2
