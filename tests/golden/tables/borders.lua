-- Which border the length operator finds in short lists with holes, as constructors, varargs and unpack make them.
local function list(n, holes, open, close)
  local items = {}
  for i = 1, n do
    items[i] = holes % 2 == 1 and "nil" or tostring(i)
    holes = math.floor(holes / 2)
  end
  return loadstring("local function pack(...) return {...} end return " .. open .. table.concat(items, ", ") .. close)()
end
for n = 0, 6 do
  local found = {}
  for holes = 0, 2 ^ n - 1 do
    local constructed = list(n, holes, "{", "}")
    local packed = list(n, holes, "pack(", ")")
    local copied = { unpack(constructed, 1, n) }
    local named = list(n, holes, "{name = 1, ", "}")
    assert(#constructed == #packed and #packed == #copied and table.getn(named) == #named and #named == #packed)
    found[#found + 1] = #constructed
  end
  print(n, table.concat(found))
end
-- Holes that are made later.
local t = { 1, 2, 3, 4, 5, 6, 7 }
t[3] = nil
print(#t)
t = { 1, 2, nil, 4, 5, nil }
print(#t, table.remove(t), #t)
local stack = { 1, 2, 3 }
for _ = 1, 100 do
  stack[#stack + 1] = #stack
  stack[#stack] = nil
  assert(#stack == 3)
end
for n = 3, 1, -1 do
  assert(#stack == n and table.remove(stack) == n)
end
print(#stack, next(stack))
-- Lists that hot loops make.
local function hot(...)
  local sum = 0
  for i = 1, 200 do
    local a, b, c = { i, nil, i, nil }, { nil, i, nil, i, i, nil }, { ... }
    sum = sum + #a * 100 + #b * 10 + #c
  end
  return sum
end
print(hot(1, nil, 3, nil, nil), hot(nil, 2, 3, nil, 5, nil), hot())
--! out: 0	0
--! out: 1	10
--! out: 2	2210
--! out: 3	33332010
--! out: 4	4444444433102210
--! out: 5	55555555555555554410221033102210
--! out: 6	6666666666666666666666666666666655552010333320104444201033332010
--! out: 7
--! out: 2	2	1
--! out: 0	nil
--! out: 20200	20600	20000
