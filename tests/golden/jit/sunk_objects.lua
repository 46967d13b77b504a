-- Objects that native code does not make unless it is left: what an exit finds is what the program would have made.
local Point = {}
Point.__index = Point
local function point(x, y) return setmetatable({ x = x, y = y }, Point) end
function Point.__add(a, b) return point(a.x + b.x, a.y + b.y) end
function Point:turned() return point(-self.y, self.x) end

-- Carried around the loop, with a field that nobody reads on the way and one of changing type at the end.
local p = { x = 0, y = 0, tag = "start" }
for i = 1, 200 do
  p = { x = p.x + i, y = p.y - i, tag = i }
  if i == 150 then print(p.x, p.y, p.tag) end
end
print(p.x, p.y, p.tag)

-- By way of methods and metamethods; the metatable comes along.
local q = point(1, 2)
for i = 1, 300 do
  q = (q + point(i, 1)):turned()
  if i % 97 == 0 then print(i, q.x, q.y, getmetatable(q) == Point) end
end
print(q.x, q.y)

-- Objects in objects, all of them carried.
local box = { low = point(0, 0), high = point(1, 1) }
for i = 1, 200 do
  box = { low = box.high, high = point(box.low.x + i, box.low.y) }
  if i == 120 then print(box.low.x, box.high.x, box.low == box.high) end
end
print(box.low.x, box.low.y, box.high.x, box.high.y)

-- One object by two names stays one object.
local a, b
for i = 1, 150 do
  local new = { n = i }
  a, b = new, { same = new }
  if i == 140 then
    a.n = -a.n
    print(a == b.same, b.same.n)
  end
end
print(a == b.same, a.n)

-- A list keeps all that was put into it.
local list
for i = 1, 120 do list = { value = i, next = list } end
local count, sum = 0, 0
while list do count, sum, list = count + 1, sum + list.value, list.next end
print(count, sum)

-- An object that escapes in one round of many.
local kept = {}
for i = 1, 300 do
  local o = { id = i, half = i / 2, name = i % 2 == 0 and "even" or "odd" }
  if i % 60 == 0 then kept[#kept + 1] = o end
end
for _, o in ipairs(kept) do io.write(o.id, " ", o.half, " ", o.name, "; ") end
print()

-- An error in the middle sees the fields that were written before it.
local seen
local ok = pcall(function()
  for i = 1, 200 do
    local o = { first = i }
    o.second = i * 2
    seen = i == 180 and o or seen
    local t = i < 180 and o or nil
    o.first = t.second
  end
end)
print(ok, seen.first, seen.second)
--! out: 11325	-11325	150
--! out: 20100	-20100	200
--! out: 97	-51	50	true
--! out: 194	-99	95	true
--! out: 291	-144	144	true
--! out: -149	152
--! out: 3600	3661	false
--! out: 10000	0	10101	1
--! out: true	-140
--! out: true	150
--! out: 120	7260
--! out: 60 30 even; 120 60 even; 180 90 even; 240 120 even; 300 150 even; 
--! out: false	180	360
--! jit: min-native-loops 5
