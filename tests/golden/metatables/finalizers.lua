-- __gc through newproxy: order, resurrection, errors in finalizers, access to upvalues.
local log = {}
local function flush() print(table.concat(log, " ")) log = {} end
local function proxy(name, f)
  local p = newproxy(true)
  getmetatable(p).__gc = f or function(x) log[#log + 1] = name .. (type(x) == "userdata" and "" or "?") end
  return p
end
-- the reverse of the order of creation
do for i = 1, 5 do proxy("p" .. i) end end
collectgarbage()
flush()
-- still referenced: not finalized
local kept = proxy("kept")
collectgarbage()
flush()
kept = nil
collectgarbage()
flush()
-- resurrection, and each object only once
local saved
do proxy("r", function(x) log[#log + 1] = "saved" saved = x end) end
collectgarbage()
print(type(saved))
saved = nil
collectgarbage()
collectgarbage()
flush()
-- an object reachable from a finalized one is alive in the finalizer
do
  local holder = newproxy(true)
  local mt = getmetatable(holder)
  mt.data = {"payload"}
  mt.__gc = function(x) log[#log + 1] = getmetatable(x).data[1] end
end
collectgarbage()
flush()
-- finalizers run during allocation too, some time
local done = false
-- (made far up the stack, so that no dead register of this chunk still holds it)
local function far(depth) if depth > 0 then return (far(depth - 1)) end proxy("auto", function() done = true end) end
far(20)
local n, garbage = 0, {}
while not done and n < 1e5 do n = n + 1 garbage[1] = {n, {n}} end
print(done)
-- a finalizer that allocates and one that makes new proxies
do proxy("a", function() local t = {} for i = 1, 50 do t[i] = {i} end log[#log + 1] = #t end) end
do proxy("b", function() proxy("child") log[#log + 1] = "parent" end) end
collectgarbage()
collectgarbage()
flush()
print(gcinfo() > 0, collectgarbage("count") > 0)
-- what is alive at the end is finalized when the state closes
local atexit = newproxy(true)
getmetatable(atexit).__gc = function() print("closing") end
--! out: p5 p4 p3 p2 p1
--! out:
--! out: kept
--! out: userdata
--! out: saved
--! out: payload
--! out: true
--! out: parent 50 child
--! out: true	true
--! out: closing
--! not-modes: gc-stress jit-gc-stress
