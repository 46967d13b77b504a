-- Many coroutines alive at once: round robin, message passing, collected while suspended.
local tasks, log = {}, {}
local function spawn(name, n) tasks[#tasks + 1] = {name = name, co = coroutine.create(function() for i = 1, n do log[#log + 1] = name .. i coroutine.yield() end end)} end
spawn("a", 3) spawn("b", 1) spawn("c", 2)
while #tasks > 0 do
  for i = #tasks, 1, -1 do
    coroutine.resume(tasks[i].co)
    if coroutine.status(tasks[i].co) == "dead" then table.remove(tasks, i) end
  end
end
print(table.concat(log, " "))
local cos = {}
for i = 1, 200 do
  cos[i] = coroutine.wrap(function(x) local sum = 0 while true do sum = sum + x * i x = coroutine.yield(sum) end end)
end
local total = 0
for round = 1, 5 do for i = 1, 200 do total = total + cos[i](round) end end
print(total)
local queue, received = {}, {}
local consumer = coroutine.create(function() while true do local v = coroutine.yield() received[#received + 1] = v end end)
coroutine.resume(consumer)
local producer = coroutine.create(function() for i = 1, 5 do coroutine.resume(consumer, i * i) coroutine.yield(i) end end)
while coroutine.status(producer) ~= "dead" do coroutine.resume(producer) end
print(table.concat(received, " "))
-- suspended coroutines are garbage like anything else
local weak = setmetatable({}, {__mode = "k"})
for i = 1, 20 do
  local co = coroutine.create(function() local t = {i} coroutine.yield() return t end)
  coroutine.resume(co)
  weak[co] = true
end
do local clobber1, clobber2, clobber3, clobber4 = 1, 2, 3, 4 end
collectgarbage()
print(next(weak))
-- a chain of wraps, each resuming the next
local function chain(n) if n == 0 then return function() return 0 end end
  local inner = chain(n - 1)
  return coroutine.wrap(function() while true do coroutine.yield(inner() + 1) end end) end
local c = chain(100)
print(c(), c())
local function recursive(n) if n > 0 then coroutine.yield(n) recursive(n - 1) coroutine.yield(-n) end end
local seen = {}
for v in coroutine.wrap(function() recursive(4) end) do seen[#seen + 1] = v end
print(table.concat(seen, " "))
local shared = 0
local workers = {}
for i = 1, 10 do workers[i] = coroutine.wrap(function() for k = 1, 10 do shared = shared + 1 coroutine.yield(shared) end end) end
local last
for k = 1, 10 do for i = 1, 10 do last = workers[i]() end end
print(last, shared)
--! out: c1 b1 a1 c2 a2 a3
--! out: 703500
--! out: 1 4 9 16 25
--! out: nil
--! out: 100	100
--! out: 4 3 2 1 -1 -2 -3 -4
--! out: 100	100
