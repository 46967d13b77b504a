-- Many string keys: past any limit on shapes, deleted and inserted again, the same keys in different orders.
local t = {}
for i = 1, 400 do t["key" .. i] = i end
local n, sum = 0, 0
for k, v in pairs(t) do n = n + 1 sum = sum + v assert(k == "key" .. v) end
print(n, sum, t.key1, t.key200, t.key400, t.key401)
for i = 1, 400, 2 do t["key" .. i] = nil end
n, sum = 0, 0
for k, v in pairs(t) do n = n + 1 sum = sum + v end
print(n, sum, t.key1, t.key2)
for i = 1, 400, 2 do t["key" .. i] = -i end
n, sum = 0, 0
for k, v in pairs(t) do n = n + 1 sum = sum + v end
print(n, sum, t.key1, t.key2)
local function point(order)
  local p = {}
  for k in order:gmatch(".") do p[k] = k:byte() end
  return p
end
local orders = {"xyz", "xzy", "yxz", "yzx", "zxy", "zyx"}
local total = 0
for round = 1, 3 do
  for _, o in ipairs(orders) do
    local p = point(o)
    total = total + p.x * 2 + p.y * 3 - p.z
    assert(p.w == nil)
  end
end
print(total)
local p = {a = 1, b = 2, c = 3}
p.b = nil
print(p.a, p.b, p.c)
p.d = 4
p.b = "again"
print(p.a, p.b, p.c, p.d)
p.a, p.b, p.c, p.d = nil, nil, nil, nil
print(next(p))
p.a = "one"
print(next(p))
-- the same place in the code sees tables of many shapes
local function get(o) return o.v end
local out = {}
for i = 1, 12 do
  local o = {}
  for j = 1, i do o["f" .. (j * i) % 7] = j end
  o.v = i
  if i % 3 == 0 then o[1] = true end
  if i % 4 == 0 then o.f0 = nil end
  out[i] = get(o)
end
print(table.concat(out, " "))
-- keys that look like something else
local k = {["1"] = "s", [1] = "n", [""] = "empty", [" "] = "blank", ["nil"] = "nil", ["\0"] = "zero", ["a.b"] = "dotted"}
print(k["1"], k[1], k[""], k[" "], k["nil"], k["\0"], k["a.b"], k.nope)
local lk = ("long"):rep(30)
k[lk .. "1"], k[lk .. "2"] = 1, 2
print(k[("long"):rep(30) .. "1"], k[("long"):rep(15) .. ("long"):rep(15) .. "2"], k[lk])
--! out: 400	80200	1	200	400	nil
--! out: 200	40200	nil	2
--! out: 400	200	-1	2
--! out: 8658
--! out: 1	nil	3
--! out: 1	again	3	4
--! out: nil
--! out: a	one
--! out: 1 2 3 4 5 6 7 8 9 10 11 12
--! out: s	n	empty	blank	nil	zero	dotted	nil
--! out: 1	2	nil
