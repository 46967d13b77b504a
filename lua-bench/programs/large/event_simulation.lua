-- A discrete event simulation: a bank and a factory, whose customers and machines are coroutines over an event heap, with statistics.
--! check: 1375355 250194 47268 99 18692.8110
local unpack = unpack or table.unpack
local rounds = tonumber((...) or 75)

local floor, log = math.floor, math.log

---------------------------------------------------------------------------------------------------
-- Random numbers, reproducible everywhere

local Random = {}
Random.__index = Random
function Random.new(seed) return setmetatable({ state = seed }, Random) end
function Random:uniform()
  self.state = (self.state * 16807) % 2147483647
  return self.state / 2147483647
end
function Random:exponential(mean) return -mean * log(1 - self:uniform()) end
function Random:choice(items) return items[1 + floor(self:uniform() * #items)] end

---------------------------------------------------------------------------------------------------
-- The event heap: earliest first, and first come first served among equals

local Heap = {}
Heap.__index = Heap
function Heap.new() return setmetatable({ size = 0, made = 0 }, Heap) end

local function before(a, b)
  if a.time ~= b.time then return a.time < b.time end
  return a.order < b.order
end

function Heap:push(time, action, argument)
  self.made = self.made + 1
  local event = { time = time, order = self.made, action = action, argument = argument }
  self.size = self.size + 1
  local i = self.size
  while i > 1 do
    local parent = floor(i / 2)
    if not before(event, self[parent]) then break end
    self[i] = self[parent]
    i = parent
  end
  self[i] = event
  return event
end

function Heap:pop()
  local first, last = self[1], self[self.size]
  self[self.size] = nil
  self.size = self.size - 1
  if self.size > 0 then
    local i = 1
    while true do
      local child = 2 * i
      if child > self.size then break end
      if child < self.size and before(self[child + 1], self[child]) then child = child + 1 end
      if not before(self[child], last) then break end
      self[i] = self[child]
      i = child
    end
    self[i] = last
  end
  return first
end

---------------------------------------------------------------------------------------------------
-- The simulation: processes are coroutines that wait for time to pass or for a place at a resource

local Simulation = {}
Simulation.__index = Simulation

function Simulation.new() return setmetatable({ now = 0, events = Heap.new(), handled = 0 }, Simulation) end

function Simulation:step(process, value)
  local fine, problem = coroutine.resume(process, value)
  if not fine then error(problem, 0) end
end

function Simulation:spawn(body, ...)
  local arguments = { ... }
  local process = coroutine.create(function() body(self, unpack(arguments)) end)
  self.events:push(self.now, process)
  return process
end

function Simulation:wait(duration)
  self.events:push(self.now + duration, coroutine.running())
  return coroutine.yield()
end

function Simulation:run(limit)
  while self.events.size > 0 do
    local event = self.events:pop()
    if event.time > limit then break end
    self.now = event.time
    self.handled = self.handled + 1
    self:step(event.action, event.argument)
  end
end

local Resource = {}
Resource.__index = Resource

function Resource.new(simulation, places)
  return setmetatable({
    simulation = simulation, free = places, places = places, first = 1, last = 0, waiting = {}, longest = 0,
    busy = 0, since = 0,
  }, Resource)
end

function Resource:account()
  local now = self.simulation.now
  self.busy = self.busy + (self.places - self.free) * (now - self.since)
  self.since = now
end

function Resource:acquire()
  if self.free > 0 then
    self:account()
    self.free = self.free - 1
    return true
  end
  self.last = self.last + 1
  self.waiting[self.last] = coroutine.running()
  self.longest = math.max(self.longest, self.last - self.first + 1)
  return coroutine.yield()
end

function Resource:release()
  if self.first <= self.last then
    local process = self.waiting[self.first]
    self.waiting[self.first] = nil
    self.first = self.first + 1
    self.simulation.events:push(self.simulation.now, process, true)
  else
    self:account()
    self.free = self.free + 1
  end
end

-- A store with room for so many things: who puts waits for room, who gets waits for a thing.
local Store = {}
Store.__index = Store

function Store.new(simulation, room)
  return setmetatable({ simulation = simulation, room = room, things = {}, getters = {}, putters = {} }, Store)
end

function Store:put(thing)
  local getter = table.remove(self.getters, 1)
  if getter then
    self.simulation.events:push(self.simulation.now, getter, thing)
    return
  end
  if #self.things >= self.room then
    self.putters[#self.putters + 1] = coroutine.running()
    coroutine.yield()
  end
  self.things[#self.things + 1] = thing
end

function Store:get()
  local thing = table.remove(self.things, 1)
  if thing == nil then
    self.getters[#self.getters + 1] = coroutine.running()
    return coroutine.yield()
  end
  local putter = table.remove(self.putters, 1)
  if putter then self.simulation.events:push(self.simulation.now, putter) end
  return thing
end

---------------------------------------------------------------------------------------------------
-- Statistics: mean and variance by Welford's method, and a histogram

local Tally = {}
Tally.__index = Tally
function Tally.new(width) return setmetatable({ count = 0, mean = 0, spread = 0, width = width, bars = {} }, Tally) end
function Tally:add(value)
  self.count = self.count + 1
  local off = value - self.mean
  self.mean = self.mean + off / self.count
  self.spread = self.spread + off * (value - self.mean)
  local bar = floor(value / self.width)
  self.bars[bar] = (self.bars[bar] or 0) + 1
end
function Tally:deviation() return math.sqrt(self.spread / (self.count - 1)) end
function Tally:quantile(part)
  local order, seen = {}, 0
  for bar in pairs(self.bars) do order[#order + 1] = bar end
  table.sort(order)
  for _, bar in ipairs(order) do
    seen = seen + self.bars[bar]
    if seen >= part * self.count then return bar * self.width end
  end
end

---------------------------------------------------------------------------------------------------
-- A bank: kinds of customers, tellers, a safe that few may enter at a time

local kinds = {
  { name = "deposit", work = 2, patience = 30, safe = false },
  { name = "loan", work = 8, patience = 60, safe = true },
  { name = "question", work = 1, patience = 10, safe = false },
}

local function customer(simulation, bank, kind)
  local arrived = simulation.now
  bank.tellers:acquire()
  local waited = simulation.now - arrived
  bank.waits[kind.name]:add(waited)
  if waited > kind.patience then
    bank.lost = bank.lost + 1
  else
    simulation:wait(bank.random:exponential(kind.work))
    if kind.safe then
      bank.safe:acquire()
      simulation:wait(0.5 + bank.random:uniform())
      bank.safe:release()
    end
    bank.served = bank.served + 1
  end
  bank.tellers:release()
end

local function arrivals(simulation, bank, limit)
  while simulation.now < limit do
    simulation:wait(bank.random:exponential(0.9))
    simulation:spawn(customer, bank, bank.random:choice(kinds))
  end
end

local function breaks(simulation, bank, limit)
  while simulation.now < limit do
    simulation:wait(100)
    bank.tellers:acquire()
    simulation:wait(15)
    bank.tellers:release()
  end
end

local function day(seed, tellers)
  local simulation = Simulation.new()
  local bank = {
    random = Random.new(seed), tellers = Resource.new(simulation, tellers), safe = Resource.new(simulation, 1),
    served = 0, lost = 0, waits = {},
  }
  for _, kind in ipairs(kinds) do bank.waits[kind.name] = Tally.new(0.5) end
  simulation:spawn(arrivals, bank, 3000)
  for _ = 1, 2 do simulation:spawn(breaks, bank, 3000) end
  simulation:run(5000)
  return simulation, bank
end

---------------------------------------------------------------------------------------------------
-- A factory: a line of stations with stores between them, and machines that break down

local function station(simulation, plant, input, output, time)
  while true do
    local part = input:get()
    local left = plant.random:exponential(time)
    while left > 0 do
      local sound = plant.random:exponential(40)
      simulation:wait(math.min(left, sound))
      left = left - sound
      if left > 0 then
        plant.mechanics:acquire()
        simulation:wait(3 + plant.random:uniform())
        plant.mechanics:release()
        plant.repairs = plant.repairs + 1
      end
    end
    output:put(part)
  end
end

local function supply(simulation, plant, output)
  while true do
    simulation:wait(plant.random:exponential(1.2))
    output:put({ made = simulation.now })
  end
end

local function delivery(simulation, plant, input)
  while true do
    plant.times:add(simulation.now - input:get().made)
  end
end

local function factory(seed, stations)
  local simulation = Simulation.new()
  local plant = {
    random = Random.new(seed), mechanics = Resource.new(simulation, 1), repairs = 0, times = Tally.new(2),
  }
  local store = Store.new(simulation, 5)
  simulation:spawn(supply, plant, store)
  for i = 1, stations do
    local following = Store.new(simulation, 5)
    simulation:spawn(station, plant, store, following, 0.8 + 0.1 * i)
    store = following
  end
  simulation:spawn(delivery, plant, store)
  simulation:run(1000)
  return simulation, plant
end

local handled, served, lost, longest, waits = 0, 0, 0, 0, 0
for round = 1, rounds do
  local simulation, bank = day(1000 + round, 4 + round % 3)
  handled = handled + simulation.handled
  served, lost = served + bank.served, lost + bank.lost
  longest = math.max(longest, bank.tellers.longest)
  for _, kind in ipairs(kinds) do
    local tally = bank.waits[kind.name]
    waits = waits + tally.mean + tally:deviation() + tally:quantile(0.9)
  end
  local line, plant = factory(2000 + round, 3 + round % 3)
  handled, served = handled + line.handled, served + plant.times.count
  waits = waits + plant.times.mean + plant.times:quantile(0.5) + plant.repairs
end
print(string.format("check: %d %d %d %d %.4f", handled, served, lost, longest, waits))
