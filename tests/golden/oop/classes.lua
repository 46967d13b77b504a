-- Single inheritance with super calls, overriding, class fields, tostring, equality.
local function class(parent)
  local c = {}
  c.__index = c
  c.super = parent
  return setmetatable(c, {__index = parent, __call = function(cls, ...)
    local o = setmetatable({}, cls)
    o:init(...)
    return o
  end})
end
local Animal = class()
Animal.count = 0
function Animal:init(name) self.name = name Animal.count = Animal.count + 1 end
function Animal:speak() return self.name .. " " .. self:sound() end
function Animal:sound() return "..." end
Animal.__tostring = function(self) return "<" .. self.name .. ">" end
local Dog = class(Animal)
function Dog:init(name, tricks) Animal.init(self, name) self.tricks = tricks or {} end
function Dog:sound() return "woof" end
function Dog:learn(t) self.tricks[#self.tricks + 1] = t return self end
Dog.__tostring = Animal.__tostring
local Puppy = class(Dog)
function Puppy:sound() return self.super.super == nil and "?" or Dog.sound(self):upper() end
function Puppy:sound() return Dog.sound(self):upper() .. "!" end
local a, d, p = Animal("cat"), Dog("rex"), Puppy("bit", {"sit"})
print(a:speak(), d:speak(), p:speak())
print(tostring(a), tostring(d), Animal.count, d.count)
print(#d:learn("roll"):learn("beg").tricks, p.tricks[1], p:learn("x") == p)
Dog.count = 100
print(a.count, d.count, p.count)
local function is_a(o, c)
  local m = getmetatable(o)
  while m do if m == c then return true end m = m.super end
  return false
end
print(is_a(p, Animal), is_a(p, Dog), is_a(a, Dog), is_a(d, Puppy))
local zoo = {a, d, p, Dog("fido"), Puppy("tiny")}
local out = {}
for round = 1, 3 do for i, z in ipairs(zoo) do out[i] = z:speak() end end
print(table.concat(out, ", "))
local Stack = class()
function Stack:init() self.n = 0 end
function Stack:push(...) for i = 1, select("#", ...) do self.n = self.n + 1 self[self.n] = (select(i, ...)) end return self end
function Stack:pop(k)
  if (k or 1) <= 0 then return end
  local v = self[self.n] self[self.n] = nil self.n = self.n - 1
  return v, self:pop((k or 1) - 1)
end
local s = Stack():push(1, 2, 3, nil, 5)
print(s:pop(2)) print(s:pop(), s:pop(), s.n)
print(pcall(function() s:nomethod() end))
print(pcall(function() s.field.sub = 1 end))
--! out: cat ...	rex woof	bit WOOF!
--! out: <cat>	<rex>	3	3
--! out: 2	sit	true
--! out: 3	100	100
--! out: true	true	false	false
--! out: cat ..., rex woof, bit WOOF!, fido woof, tiny WOOF!
--! out: 5	nil
--! out: 3	2	1
--! out: false	classes.lua:52: attempt to call method 'nomethod' (a nil value)
--! out: false	classes.lua:53: attempt to index field 'field' (a nil value)
