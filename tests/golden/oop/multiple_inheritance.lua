-- Search through several parents, mixins, accessors by functions, delegation.
local function search(k, parents)
  for i = 1, #parents do local v = parents[i][k] if v ~= nil then return v end end
end
local function derive(...)
  local c, parents = {}, {...}
  setmetatable(c, {__index = function(t, k) local v = search(k, parents) t[k] = v return v end})
  c.__index = c
  function c:new(o) return setmetatable(o or {}, c) end
  return c
end
local Named = {getname = function(self) return self.name end, setname = function(self, n) self.name = n end}
local Account = {balance = 0, deposit = function(self, v) self.balance = self.balance + v end}
local NamedAccount = derive(Account, Named)
local acc = NamedAccount:new{name = "Paul"}
print(acc:getname(), acc.balance)
acc:deposit(100)
acc:setname("Anna")
print(acc:getname(), acc.balance, NamedAccount.balance, rawget(NamedAccount, "getname") == Named.getname)
-- properties
local Point = {}
local getters = {r = function(p) return math.sqrt(p.x ^ 2 + p.y ^ 2) end}
local setters = {r = function(p, v) local f = v / p.r rawset(p, "x", p.x * f) rawset(p, "y", p.y * f) end}
Point.__index = function(p, k) local g = getters[k] if g then return g(p) end return Point[k] end
Point.__newindex = function(p, k, v) local s = setters[k] if s then s(p, v) else rawset(p, k, v) end end
function Point:scale(k) self.x, self.y = self.x * k, self.y * k return self end
local pt = setmetatable({x = 3, y = 4}, Point)
print(pt.r, pt:scale(2).r)
pt.r = 5
print(pt.x, pt.y, pt.r)
pt.z = 1
print(pt.z, pt.none)
-- delegation with a log
local function traced(o)
  local log = {}
  return setmetatable({}, {__index = function(_, k)
    local v = o[k]
    if type(v) ~= "function" then return v end
    return function(self, ...) log[#log + 1] = k .. "/" .. select("#", ...) return v(o, ...) end
  end}), log
end
local proxy, log = traced(acc)
proxy:deposit(5)
print(proxy:getname(), proxy.balance, table.concat(log, " "))
-- mixin
local Comparable = {__lt = function(a, b) return a:key() < b:key() end, __le = function(a, b) return not (b:key() < a:key()) end}
local function mixin(c, m) for k, v in pairs(m) do c[k] = v end return c end
local Card = mixin({key = function(c) return c.rank end}, Comparable)
Card.__index = Card
local c1, c2 = setmetatable({rank = 5}, Card), setmetatable({rank = 9}, Card)
print(c1 < c2, c1 > c2, c1 <= c1, c2 >= c1)
-- privacy by closures
local function counter() local n = 0 local self = {} function self.inc() n = n + 1 return self end function self.get() return n end return self end
local k1, k2 = counter(), counter()
k1.inc().inc()
k2.inc()
print(k1.get(), k2.get(), k1.n)
--! out: Paul	0
--! out: Anna	100	0	true
--! out: 5	10
--! out: 3	4	5
--! out: 1	nil
--! out: Anna	105	deposit/1 getname/0
--! out: true	false	true	true
--! out: 2	1	nil
