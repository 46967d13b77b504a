-- Deeply nested data: built, walked by loops, compared, collected, printed.
local t = {}
local node = t
for i = 1, 20000 do node.next = {i} node = node.next end
collectgarbage()
local n, c = t, 0
while n.next do c = c + 1 n = n.next end
print(c, n[1])
t, node, n = nil, nil, nil
collectgarbage()
local f = function() return 0 end
for i = 1, 3000 do local g = f f = function() return g() + 1 end end
print(f())
local s = "x"
for i = 1, 200 do s = "(" .. s .. ")" end
print(#s, s:sub(200, 202))
print(s:match("^%b()$") == s, (s:gsub("[()]", "")))
local wrapped = function(...) return ... end
for i = 1, 150 do local g = wrapped wrapped = function(...) return (g(...)) end end
print(wrapped("through"))
local proto = {v = "root"}
for i = 1, 50 do proto = setmetatable({}, {__index = proto}) end
print(proto.v, proto.none)
local nested = {}
local at = nested
for i = 1, 100 do at[1] = {} at = at[1] end
local function depth(t) local d = 0 while t[1] do d = d + 1 t = t[1] end return d end
print(depth(nested))
local cos = function() return "end" end
for i = 1, 100 do local inner = cos cos = coroutine.wrap(function() return inner() end) end
print(cos())
--! out: 20000	20000
--! out: 3000
--! out: 401	(x)
--! out: true	x
--! out: through
--! out: root	nil
--! out: 100
--! out: end
--! not-modes: gc-stress jit-gc-stress
