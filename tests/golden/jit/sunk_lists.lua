-- Lists, varargs and objects that get their fields one by one, none of which native code makes unless it is left.
local s = 0
for i = 1, 300 do
  local t = { i, i * 2, "x" }
  s = s + t[1] + t[2] + #t[3]
  if i == 250 then print(#t, t[1], t[2], t[3], t[4]) end
end
print(s)

local p = { 0, { 1, 2 } }
for i = 1, 200 do
  p = { p[1] + 1, { p[2][2], i } }
  if i % 90 == 0 then print(#p, p[1], p[2][1], p[2][2]) end
end
print(p[1], p[2][1], p[2][2])

local function sum(...)
  local list = { ... }
  return list[1] + list[2] * (list[3] or 1), list
end
local last
for i = 1, 150 do
  local n, list = sum(i, 2, i % 3 == 0 and 3 or nil)
  s, last = s + n, list
end
print(s, #last, last[1], last[2])

-- Explicit keys among the others, and holes.
for i = 1, 120 do
  local t = { [1] = "first", i, nil, i, [4] = "fourth", n = 4 }
  if i == 110 then print(t[1], t[2], t[3], t[4], t.n) end
end

-- What the list has no room for goes where the program would have put it.
for i = 1, 130 do
  local t = { i }
  t[2] = i + 1
  t.name = "t" .. i
  t[3] = i + 2
  t.extra = t[2]
  if i % 100 == 0 then print(#t, t[1], t[2], t[3], t.name, t.extra) end
end

-- Fields one after the other, by way of a constructor function, as classes do it.
local Account = {}
Account.__index = Account
function Account.new(owner)
  local self = setmetatable({}, Account)
  self.owner = owner
  self.balance = 0
  self.log = {}
  return self
end
function Account:deposit(v)
  self.balance = self.balance + v
  self.log[#self.log + 1] = v
  return self
end
local total = 0
for i = 1, 200 do
  local account = Account.new("o" .. i % 3):deposit(i):deposit(1)
  total = total + account.balance
  if i % 99 == 0 then
    for k, v in pairs(account) do if k ~= "log" then io.write(k, "=", v, " ") end end
    print(#account.log, account.log[1], getmetatable(account) == Account)
  end
end
print(total)

-- Other tables are written to between a new object's making and its use.
local ring = {}
for i = 1, 8 do ring[i] = { v = i } end
local q = { v = 0 }
for i = 1, 200 do
  local r = ring[i % 8 + 1]
  r.v = r.v + q.v % 5
  q = { v = q.v + 1, from = r }
  r.v = r.v + 1
  if i == 180 then q.from.v = 1000 end
end
print(q.v, q.from.v, ring[5].v, ring[i or 3].v)
--! out: 3	250	500	x	nil
--! out: 135750
--! out: 2	90	89	90
--! out: 2	180	179	180
--! out: 200	199	200
--! out: 147575	3	150	2
--! out: 110	nil	110	fourth	4
--! out: 3	100	101	102	t100	101
--! out: owner=o0 balance=100 2	99	true
--! out: owner=o0 balance=199 2	198	true
--! out: 20300
--! out: 200	76	1004	78
--! jit: min-native-loops 5
