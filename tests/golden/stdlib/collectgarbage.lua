-- collectgarbage: every option, memory goes down again, stop and restart.
print(type(collectgarbage("count")), collectgarbage("collect"), collectgarbage())
local before = collectgarbage("count")
local t = {}
for i = 1, 300 do t[i] = {i, tostring(i)} end
local used = collectgarbage("count")
t = nil
collectgarbage()
local after = collectgarbage("count")
print(used > before, after < used)
print(collectgarbage("stop"), collectgarbage("restart"))
print(type(collectgarbage("step", 0)), type(collectgarbage("step", 100000)))
local pause = collectgarbage("setpause", 150)
local mul = collectgarbage("setstepmul", 300)
print(collectgarbage("setpause", pause), collectgarbage("setstepmul", mul))
local steps = 0
repeat steps = steps + 1 until collectgarbage("step", 10) or steps > 10000
print(steps <= 10000)
-- what is reachable survives any number of collections
local tree = {}
local node = tree
for i = 1, 50 do node.next = {v = i, s = "node" .. i, f = function() return i end} node = node.next end
for i = 1, 5 do collectgarbage() collectgarbage("step") end
local sum, n = 0, tree.next
while n do sum = sum + n.v + n.f() + #n.s n = n.next end
print(sum)
local cyc = {}
cyc.self = cyc
cyc.f = function() return cyc end
collectgarbage()
print(cyc.f().self == cyc)
local strs = {}
for i = 1, 100 do strs[i] = ("s"):rep(i % 60) .. i end
collectgarbage()
local len = 0
for i = 1, 100 do len = len + #strs[i] end
print(len)
print(pcall(collectgarbage, "bogus"))
local co = coroutine.wrap(function() local x = {"in coroutine"} while true do collectgarbage() coroutine.yield(x[1]) end end)
print(co(), co())
local up do local hidden = {"upvalue"} up = function() return hidden[1] end end
collectgarbage()
print(up())
--! out: number	0	0
--! out: true	true
--! out: 0	0
--! out: boolean	boolean
--! out: 150	300
--! out: true
--! out: 2841
--! out: true
--! out: 2782
--! out: false	bad argument #1 to '?' (invalid option 'bogus')
--! out: in coroutine	in coroutine
--! out: upvalue
