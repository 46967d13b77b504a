-- A class-heavy simulation: a city of people, shops and vehicles, with mixins, super calls, events and observers.
--! check: 6514127 2250 90
local rounds = tonumber((...) or 30)

local floor = math.floor

---------------------------------------------------------------------------------------------------
-- A small class library: single inheritance, mixins, class-side `new`, and `super` by name

local function class(name, parent)
  local made = { name = name, super = parent }
  made.__index = made
  made.__tostring = parent and parent.__tostring
  function made.new(...)
    local object = setmetatable({}, made)
    object:init(...)
    return object
  end
  return setmetatable(made, { __index = parent, __call = function(self, ...) return self.new(...) end })
end

local function mixin(target, source)
  for name, method in pairs(source) do
    if target[name] == nil then target[name] = method end
  end
  return target
end

local Object = class("Object")
function Object:init() end
function Object:is(kind)
  local mine = getmetatable(self)
  while mine do
    if mine == kind then return true end
    mine = mine.super
  end
  return false
end
function Object.__tostring(self) return getmetatable(self).name end

---------------------------------------------------------------------------------------------------
-- Events: anything can be observed

local Observable = {}
function Observable:on(event, handler)
  self.handlers = self.handlers or {}
  local list = self.handlers[event]
  if not list then
    list = {}
    self.handlers[event] = list
  end
  list[#list + 1] = handler
  return handler
end
function Observable:off(event, handler)
  local list = self.handlers and self.handlers[event]
  if not list then return end
  for i = #list, 1, -1 do
    if list[i] == handler then table.remove(list, i) end
  end
end
function Observable:emit(event, ...)
  local list = self.handlers and self.handlers[event]
  if list then
    -- From the last, for a handler may take itself off the list.
    for i = #list, 1, -1 do list[i](self, ...) end
  end
end

function Observable:once(event, handler)
  local function first(...)
    self:off(event, first)
    return handler(...)
  end
  return self:on(event, first)
end

local Movable = {}
function Movable:move(dx, dy)
  self.x, self.y = self.x + dx, self.y + dy
  local city = self.city
  if self.x < 0 then self.x = 0 elseif self.x > city.size then self.x = city.size end
  if self.y < 0 then self.y = 0 elseif self.y > city.size then self.y = city.size end
end
function Movable:towards(other, speed)
  local dx, dy = other.x - self.x, other.y - self.y
  local far = math.sqrt(dx * dx + dy * dy)
  if far <= speed then
    self.x, self.y = other.x, other.y
    return true
  end
  self:move(dx / far * speed, dy / far * speed)
  return false
end

---------------------------------------------------------------------------------------------------
-- What there is in the city

local Entity = mixin(class("Entity", Object), Observable)
function Entity:init(city, x, y)
  self.city, self.x, self.y = city, x, y
  self.id = city:register(self)
end
function Entity:step() end
function Entity:value() return self.id % 10 end

local Shop = class("Shop", Entity)
function Shop:init(city, x, y, goods)
  Entity.init(self, city, x, y)
  self.goods, self.stock, self.till = goods, 50, 0
end
function Shop:sell(customer)
  if self.stock == 0 then
    self:emit("empty")
    return false
  end
  local price = self:price(customer)
  if customer.money < price then return false end
  customer.money = customer.money - price
  self.till, self.stock = self.till + price, self.stock - 1
  self:emit("sold", customer, price)
  return true
end
function Shop:price(_) return 5 end
function Shop:value() return Entity.value(self) + self.till end

local Bakery = class("Bakery", Shop)
function Bakery:price(customer) return customer:is(self.city.Child) and 1 or 3 end
function Bakery:step() if self.stock < 50 then self.stock = self.stock + 1 end end

local Bookshop = class("Bookshop", Shop)
function Bookshop:price(customer) return Shop.price(self, customer) + customer.age % 7 end

local Vehicle = mixin(class("Vehicle", Entity), Movable)
function Vehicle:init(city, x, y, speed)
  Entity.init(self, city, x, y)
  self.speed, self.cargo, self.trips = speed, 0, 0
end
function Vehicle:step()
  if not self.target then self:choose() end
  if self.target and self:towards(self.target, self.speed) then self:arrive() end
end
function Vehicle:value() return self.trips end

local Truck = class("Truck", Vehicle)
function Truck:choose() self.target = table.remove(self.city.orders, 1) end
function Truck:arrive()
  self.target.stock = self.target.stock + 40
  self.target.ordered = false
  self.trips, self.target = self.trips + 1, nil
end

local Bus = class("Bus", Vehicle)
function Bus:init(city, x, y)
  Vehicle.init(self, city, x, y, 4)
  self.line, self.stop = {}, 1
end
function Bus:choose()
  self.stop = self.stop % #self.line + 1
  self.target = self.line[self.stop]
end
function Bus:value() return Vehicle.value(self) * 2 + self.stop end
function Bus:arrive()
  self.trips, self.target = self.trips + 1, nil
  self:emit("stop", self.stop)
end

local Person = mixin(class("Person", Entity), Movable)
function Person:init(city, x, y, age)
  Entity.init(self, city, x, y)
  self.age, self.money, self.mood, self.bag = age, 20, 0, 0
end
function Person:speed() return 2 end
function Person:earn() self.money = self.money + 4 end
function Person:step()
  if self.goal then
    if self:towards(self.goal, self:speed()) then self:visit(self.goal) end
  else
    self:decide()
  end
end
function Person:decide()
  if self.money < 5 then self:earn() else self.goal = self.city:shop_near(self) end
end
function Person:visit(shop)
  if shop:sell(self) then
    self.bag, self.mood = self.bag + 1, self.mood + 1
  else
    self.mood = self.mood - 1
  end
  self.goal = nil
  self:move(self.city.random(7) - 4, self.city.random(7) - 4)
end
function Person:value() return self.mood + self.bag + self.money end

local Child = class("Child", Person)
function Child:speed() return 3 end
function Child:earn() self.money = self.money + 1 end
function Child:visit(shop)
  self.super_visits = (self.super_visits or 0) + 1
  Person.visit(self, shop)
  if self.super_visits % 10 == 0 then self.mood = self.mood + 5 end
end

local Worker = class("Worker", Person)
function Worker:earn() self.money = self.money + 10 + self.age % 5 end
function Worker:decide()
  if self.city.hour % 24 < 8 then self:earn() else Person.decide(self) end
end

-- Walks from shop to shop, and closes for a while those that have run out.
local Inspector = class("Inspector", Worker)
function Inspector:init(city, x, y, age)
  Worker.init(self, city, x, y, age)
  self.reports, self.next = {}, 1
end
function Inspector:decide()
  self.goal = self.city.shops[self.next]
  self.next = self.next % #self.city.shops + 1
end
function Inspector:visit(shop)
  local name = tostring(shop)
  self.reports[name] = (self.reports[name] or 0) + (shop.stock < 10 and 1 or 0)
  if shop.stock == 0 then shop:once("sold", function(sold) sold.till = sold.till - 1 end) end
  self.goal = nil
end
function Inspector:value()
  local sum = Worker.value(self)
  for _, count in pairs(self.reports) do sum = sum + count end
  return sum
end

---------------------------------------------------------------------------------------------------
-- The city

local City = class("City", Object)
City.Child = Child

function City:init(seed, size)
  self.entities, self.shops, self.orders, self.size, self.hour, self.sales = {}, {}, {}, size, 0, 0
  function self.random(n)
    seed = (seed * 16807) % 2147483647
    return seed % n + 1
  end
  local kinds = { Bakery, Bookshop, Shop }
  for i = 1, 12 do
    local shop = kinds[i % 3 + 1](self, self.random(size), self.random(size), "goods")
    self.shops[i] = shop
    shop:on("sold", function(_, _, price) self.sales = self.sales + price end)
    shop:on("empty", function(empty)
      if not empty.ordered then
        empty.ordered = true
        self.orders[#self.orders + 1] = empty
      end
    end)
  end
  for _ = 1, 3 do Truck(self, self.random(size), self.random(size), 5) end
  for _ = 1, 2 do
    local bus = Bus(self, self.random(size), self.random(size))
    for _ = 1, 4 do bus.line[#bus.line + 1] = self.shops[self.random(#self.shops)] end
    bus:on("stop", function(_, stop) self.sales = self.sales + stop % 2 end)
  end
  for _ = 1, 4 do Inspector(self, self.random(size), self.random(size), 40) end
  local people = { Person, Worker, Child, Worker }
  for i = 1, 150 do people[i % 4 + 1](self, self.random(size), self.random(size), self.random(80)) end
end

function City:register(entity)
  self.entities[#self.entities + 1] = entity
  return #self.entities
end

function City:shop_near(person)
  local best, least = nil, math.huge
  for _, shop in ipairs(self.shops) do
    local dx, dy = shop.x - person.x, shop.y - person.y
    local far = dx * dx + dy * dy + (shop.id * person.id) % 5 * 100
    if far < least then best, least = shop, far end
  end
  return best
end

function City:step()
  self.hour = self.hour + 1
  local entities = self.entities
  for i = 1, #entities do entities[i]:step() end
end

local total, names = 0, {}
for round = 1, rounds do
  local city = City(100 + round, 100)
  for _ = 1, 600 do city:step() end
  total = total + city.sales
  for _, entity in ipairs(city.entities) do
    total = total + floor(entity:value())
    local name = tostring(entity)
    names[name] = (names[name] or 0) + 1
  end
end
print("check: " .. total .. " " .. names.Worker .. " " .. names.Truck)
