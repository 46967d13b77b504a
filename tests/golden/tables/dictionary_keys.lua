-- Tables as dictionaries: every kind of key, counting, removing and storing again, growth, and keys that become named fields.
local function sorted(t)
  local out = {}
  for k, v in pairs(t) do out[#out + 1] = tostring(k) .. "=" .. tostring(v) end
  table.sort(out)
  return table.concat(out, " ")
end

-- Counting words.
local counts = {}
for i = 1, 3000 do
  local word = "word" .. i * i % 97
  counts[word] = (counts[word] or 0) + 1
end
local kinds, total = 0, 0
for _, n in pairs(counts) do kinds, total = kinds + 1, total + n end
print(kinds, total, counts.word0, counts.word1, counts.word5)

-- Removed and stored again, many times over.
local t = {}
for round = 1, 20 do
  for i = 1, 200 do t["k" .. i] = round * i end
  for i = 1, 200 do
    if (i + round) % 3 == 0 then t["k" .. i] = nil end
  end
end
local n, sum = 0, 0
for k, v in pairs(t) do n, sum = n + 1, sum + v end
print(n, sum, t.k1, t.k2, t.k3)
for k in pairs(t) do t[k] = nil end
print(next(t), t.k1)
for i = 1, 50 do t["n" .. i] = i end
n = 0
for _ in pairs(t) do n = n + 1 end
print(n, t.n1, t.n50, t.k1)

-- Keys of every type; -0 is 0, 1 and "1" are two keys.
local long = string.rep("long", 40)
local object, fn = {}, function() end
local all = {}
for i = 1, 40 do all["filler" .. i] = i end
for i = 1, 40 do all["filler" .. i] = nil end
for _, key in ipairs { true, false, 1, "1", 1.5, -1, 2 ^ 40, -2 ^ 40, "s", long, object, fn, 1 / 0, -1 / 0 } do all[key] = key end
all[-0] = "zero"
print(all[0], all[true], all[false], all[1], all["1"], all[1.5], all[-1], all[2 ^ 40], all[-2 ^ 40])
print(all.s, all[string.rep("long", 40)] == long, all[object] == object, all[fn] == fn, all[1 / 0], all[-1 / 0])
print(all[2], all["2"], all[0 / 0], all[nil], all[{}], all["l" .. long], all.filler7)
all[long], all[object], all[fn], all[0] = nil, nil, nil, nil
print(sorted(all))
print(pcall(function() all[nil] = 1 end))
print(pcall(function() all[0 / 0] = 1 end))
print(pcall(function() counts[nil] = 1 end))
print(pcall(function() counts[0 / 0] = 1 end))
counts[nil and 1 or 3.5] = 0 / 0
print(counts[3.5] ~= counts[3.5])

-- Scattered integers, some of which become an array.
local sparse = {}
for i = 1, 300 do sparse[i * 7919 % 1000003] = i end
n = 0
for k, v in pairs(sparse) do
  assert(k == v * 7919 % 1000003)
  n = n + 1
end
print(n, #sparse)
for i = 10, 1, -1 do sparse[i] = -i end
print(#sparse, sparse[1], sparse[10], sparse[7919])
for i = 11, 100 do sparse[i] = -i end
print(#sparse, sparse[100], sparse[7919])
local by_holes = {}
for i = 1, 64 do by_holes[i * 2] = i end
for i = 1, 64 do by_holes[i * 2 - 1] = -i end
print(#by_holes, by_holes[1], by_holes[128])

-- Computed keys of records.
local function field(record, key) return record[key] end
local function set(record, key, value) record[key] = value end
local records = { { x = 1, y = 2 }, { y = 3, x = 4 }, setmetatable({ x = 5 }, { __index = { y = 6 } }), { [1] = 7, x = 8 } }
for _ = 1, 3 do
  for _, record in ipairs(records) do
    set(record, "x", field(record, "x") + 1)
    io.write(tostring(field(record, "x")), ",", tostring(field(record, "y")), ",", tostring(field(record, "z")), ";")
  end
  print()
end
for _, record in ipairs(records) do set(record, "x", nil) end
for i, record in ipairs(records) do set(record, "x", i) end
for _, record in ipairs(records) do set(record, "new", "field") end
for _, record in ipairs(records) do print(sorted(record)) end

-- Metatables of dictionaries are asked about absent keys only.
local asked = {}
local guarded = {}
for i = 1, 60 do guarded["g" .. i] = i end
setmetatable(guarded, {
  __index = function(_, key) asked[#asked + 1] = "get " .. key end,
  __newindex = function(t, key, value) asked[#asked + 1] = "set " .. key rawset(t, key, value) end,
})
for _, key in ipairs { "g1", "h1", "g60", "h2" } do
  guarded[key] = (guarded[key] or 0) + 1
  guarded[key] = guarded[key] + 1
end
print(guarded.g1, guarded.h1, guarded.g60, guarded.h2, table.concat(asked, ", "))
guarded.g1 = nil
guarded.g1 = 5
print(guarded.g1, asked[#asked])

-- A dictionary as a metatable: its events work when they come late.
local meta = {}
for i = 1, 40 do meta["m" .. i] = i end
local thing = setmetatable({}, meta)
print(thing.m1, pcall(function() return thing + 1 end))
local event = "__add"
meta[event] = function() return "added" end
print(thing + 1)
meta[event] = nil
print((pcall(function() return thing + 1 end)))
event = "__index"
meta[event] = meta
print(thing.m1)

-- Traversal while values change and go.
local order = {}
for i = 1, 30 do order["o" .. i] = i end
for i = 1, 5 do order[i] = -i end
sum, n = 0, 0
for k, v in pairs(order) do
  sum, n = sum + v, n + 1
  order[k] = v % 2 == 0 and nil or v * 2
end
print(sum, n, sorted(order))
for k, v, third in pairs { a = 1 } do print(k, v, third) end
--! out: 49	3000	30	61	nil
--! out: 133	268000	nil	40	60
--! out: nil	nil
--! out: 50	1	50	nil
--! out: zero	true	false	1	1	1.5	-1	1099511627776	-1099511627776
--! out: s	true	true	true	inf	-inf
--! out: nil	nil	nil	nil	nil	nil	nil
--! out: -1099511627776=-1099511627776 -1=-1 -inf=-inf 1.5=1.5 1099511627776=1099511627776 1=1 1=1 false=false inf=inf s=s true=true
--! out: false	dictionary_keys.lua:50: table index is nil
--! out: false	dictionary_keys.lua:51: table index is NaN
--! out: false	dictionary_keys.lua:52: table index is nil
--! out: false	dictionary_keys.lua:53: table index is NaN
--! out: true
--! out: 300	0
--! out: 10	-1	-10	1
--! out: 100	-100	1
--! out: 128	-1	64
--! out: 2,2,nil;5,3,nil;6,6,nil;9,nil,nil;
--! out: 3,2,nil;6,3,nil;7,6,nil;10,nil,nil;
--! out: 4,2,nil;7,3,nil;8,6,nil;11,nil,nil;
--! out: new=field x=1 y=2
--! out: new=field x=2 y=3
--! out: new=field x=3
--! out: 1=7 new=field x=4
--! out: 3	2	62	2	get h1, set h1, get h2, set h2
--! out: 5	set g1
--! out: nil	false	dictionary_keys.lua:112: attempt to perform arithmetic on upvalue 'thing' (a table value)
--! out: added
--! out: false
--! out: 1
--! out: 450	35	1=-2 2=-4 3=-6 4=-8 5=-10 o10=20 o11=22 o12=24 o13=26 o14=28 o15=30 o16=32 o17=34 o18=36 o19=38 o1=2 o20=40 o21=42 o22=44 o23=46 o24=48 o25=50 o26=52 o27=54 o28=56 o29=58 o2=4 o30=60 o3=6 o4=8 o5=10 o6=12 o7=14 o8=16 o9=18
--! out: a	1	nil
