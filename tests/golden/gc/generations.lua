-- Old objects that point at young ones, in every kind of container, through many collections.
local old = {t = {}, arr = {}, mt = {}, h = {}}
setmetatable(old.t, old.mt)
local box = nil
local function set(v) box = v end
local function get() return box end
local co = coroutine.create(function() local held while true do held = coroutine.yield(held) end end)
coroutine.resume(co)
collectgarbage() collectgarbage()
for i = 1, 12 do
  old.t.x = {"field " .. i}
  old.arr[i] = {"element " .. i}
  old.h[{}] = {"value " .. i}
  old.h["key" .. i] = "string " .. i
  old.mt.__index = {method = function() return "method " .. i end}
  set({"upvalue " .. i})
  local _, prev = coroutine.resume(co, {"coroutine " .. i})
  if i % 2 == 0 then collectgarbage("step") else collectgarbage() end
  local junk = {}
  for k = 1, 20 do junk[k] = {k} end
  assert(old.t.x[1] == "field " .. i and old.arr[i][1] == "element " .. i and old.t.method() == "method " .. i)
  assert(get()[1] == "upvalue " .. i and old.h["key" .. i] == "string " .. i)
  assert(prev[1] == "coroutine " .. i)
end
local n, values = 0, {}
for k, v in pairs(old.h) do n = n + 1 if type(v) == "table" then values[#values + 1] = v[1] end end
table.sort(values)
print(n, #values, values[1], values[12], #old.arr, old.arr[12][1])
-- moving through sizes: small, large, small again
for round = 1, 3 do
  local big = {}
  for i = 1, 200 do big[i] = ("s"):rep(i % 50) .. i end
  local sum = 0
  for i = 1, 200 do sum = sum + #big[i] end
  print(round, sum)
  big = nil
  collectgarbage()
end
local survivors = {}
for i = 1, 300 do local o = {i} if i % 50 == 0 then survivors[#survivors + 1] = o end end
collectgarbage()
local s = 0
for _, o in ipairs(survivors) do s = s + o[1] end
print(s)
-- cycles between everything
local a, b = {}, {}
a.b, b.a = b, a
a.f = function() return b end
b.co = coroutine.wrap(function() coroutine.yield(a) return b end)
setmetatable(a, b)
b.__index = a
collectgarbage()
print(a.f() == b, b.co() == a, a.b.a == a)
collectgarbage()
print(b.co() == b)
local weak = setmetatable({a, b}, {__mode = "v"})
a, b = nil, nil
collectgarbage()
print(weak[1], weak[2])
-- interned strings come back after being collected
local keys = {}
for r = 1, 3 do for i = 1, 30 do keys["dynamic" .. i] = (keys["dynamic" .. i] or 0) + r end collectgarbage() end
print(keys.dynamic1, keys["dyn" .. "amic" .. 30])
--! out: 24	12	value 1	value 9	12	element 12
--! out: 1	5392
--! out: 2	5392
--! out: 3	5392
--! out: 1050
--! out: true	true	true
--! out: true
--! out: nil	nil
--! out: 6	6
