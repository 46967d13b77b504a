-- Cooperative threads: a scheduler with timers, channels, semaphores, joins, errors and cancellation.
local scale = tonumber((...)) or 1
local Scheduler = {}
Scheduler.__index = Scheduler
local function new() return setmetatable({ready = {}, first = 1, last = 0, timers = {}, now = 0, log = {}, live = 0, switches = 0}, Scheduler) end
function Scheduler:note(...) self.log[#self.log + 1] = self.now .. ":" .. table.concat({...}, " ") end
function Scheduler:wake(task, ...)
  task.values = {n = select("#", ...), ...}
  self.last = self.last + 1
  self.ready[self.last] = task
end
function Scheduler:spawn(name, f, ...)
  local task = {name = name, thread = coroutine.create(f), waiters = {}}
  self.live = self.live + 1
  self:wake(task, self, ...)
  return task
end
function Scheduler:sleep(time)
  local task = self.current
  local at, i = self.now + time, #self.timers
  while i > 0 and self.timers[i].at <= at do i = i - 1 end
  table.insert(self.timers, i + 1, {at = at, task = task})
  return coroutine.yield()
end
function Scheduler:join(task)
  if task.done then return task.ok, task.result end
  task.waiters[#task.waiters + 1] = self.current
  return coroutine.yield()
end
function Scheduler:cancel(task)
  task.cancelled = true
end
function Scheduler:finish(task, ok, result)
  task.done, task.ok, task.result = true, ok, result
  self.live = self.live - 1
  for _, waiter in ipairs(task.waiters) do self:wake(waiter, ok, result) end
end
function Scheduler:run()
  while true do
    if self.first > self.last then
      local timer = table.remove(self.timers)
      if not timer then break end
      self.now = timer.at
      self:wake(timer.task)
    end
    local task = self.ready[self.first]
    self.ready[self.first] = nil
    self.first = self.first + 1
    if task.cancelled then self:finish(task, false, "cancelled")
    else
      self.current = task
      self.switches = self.switches + 1
      local values = task.values
      local ok, result = coroutine.resume(task.thread, unpack(values, 1, values.n))
      if coroutine.status(task.thread) == "dead" then self:finish(task, ok, result) end
    end
  end
end

local Channel = {}
Channel.__index = Channel
function Channel.new(scheduler, capacity)
  return setmetatable({scheduler = scheduler, capacity = capacity, items = {}, senders = {}, receivers = {}}, Channel)
end
function Channel:send(value)
  local receiver = table.remove(self.receivers, 1)
  if receiver then self.scheduler:wake(receiver, value) return end
  if #self.items < self.capacity then self.items[#self.items + 1] = value return end
  self.senders[#self.senders + 1] = {task = self.scheduler.current, value = value}
  coroutine.yield()
end
function Channel:receive()
  if #self.items > 0 then
    local value = table.remove(self.items, 1)
    local sender = table.remove(self.senders, 1)
    if sender then self.items[#self.items + 1] = sender.value self.scheduler:wake(sender.task) end
    return value
  end
  local sender = table.remove(self.senders, 1)
  if sender then self.scheduler:wake(sender.task) return sender.value end
  if self.closed then return nil end
  self.receivers[#self.receivers + 1] = self.scheduler.current
  return coroutine.yield()
end
function Channel:close()
  self.closed = true
  for _, receiver in ipairs(self.receivers) do self.scheduler:wake(receiver, nil) end
  self.receivers = {}
end
function Channel:__call() return self:receive() end

local s = new()
local numbers, squares = Channel.new(s, 2), Channel.new(s, 0)
s:spawn("producer", function(s)
  for i = 1, 40 * scale do numbers:send(i) if i % 10 == 0 then s:sleep(3) end end
  numbers:close()
end)
local workers = {}
for w = 1, 3 do
  workers[w] = s:spawn("worker" .. w, function(s, name)
    local done = 0
    local n = numbers:receive()
    while n do
      s:sleep(n % 4)
      squares:send(n * n)
      done = done + 1
      n = numbers:receive()
    end
    s:note(name, "did", done)
    return done
  end, "worker" .. w)
end
local total = 0
s:spawn("consumer", function()
  local square = squares:receive()
  while square do
    total = total + square
    square = squares()
  end
end)
s:spawn("closer", function(s)
  local sum = 0
  for _, worker in ipairs(workers) do local ok, done = s:join(worker) sum = sum + done end
  s:note("joined", sum)
  squares:close()
end)
local failing = s:spawn("failing", function(s) s:sleep(5) error("broken", 0) end)
local endless = s:spawn("endless", function(s) while true do s:sleep(7) end end)
s:spawn("watcher", function(s)
  s:note("failing", tostring(select(2, s:join(failing))))
  s:sleep(40)
  s:cancel(endless)
  s:note("endless", tostring(select(2, s:join(endless))))
end)
s:run()
print(total, s.live, s.now, s.switches)
print(table.concat(s.log, "; "))

-- Generators on top of each other: a sieve, permutations, the fringes of trees.
local function numbers_from(n) return coroutine.wrap(function() while true do coroutine.yield(n) n = n + 1 end end) end
local function without_multiples(of, source)
  return coroutine.wrap(function() for n in source do if n % of ~= 0 then coroutine.yield(n) end end end)
end
local primes, source = {}, numbers_from(2)
for i = 1, 15 + 5 * scale do
  primes[i] = source()
  source = without_multiples(primes[i], source)
end
print(table.concat(primes, " "))
local function permutations(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(table.concat(a)) end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]
    permutations(a, n - 1)
    a[n], a[i] = a[i], a[n]
  end
end
local count, sample = 0, {}
for p in coroutine.wrap(function() permutations({"a", "b", "c", "d", "e"}) end) do
  count = count + 1
  if count % 20 == 0 then sample[#sample + 1] = p end
end
print(count, table.concat(sample, " "))
--! out: 22140	0	49	138
--! out: 5:failing broken; 24:worker3 did 11; 24:worker1 did 14; 24:worker2 did 15; 24:joined 40; 49:endless cancelled
--! out: 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71
--! out: 240	ecdba cbeda decab adecb ebdac adebc aebdc ceabd abecd dcbae dbace abcde
