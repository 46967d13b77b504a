-- Functions that are hot before the loop that calls them, some of them by way of metatables: the loop is what gets compiled, with
-- the calls inlined, and keys that are constants there are fields.
local reads, writes = 0, 0
local function tracked(store)
  return setmetatable({}, {
    __index = function(_, key)
      reads = reads + 1
      return store[key]
    end,
    __newindex = function(_, key, value)
      writes = writes + 1
      store[key] = value
    end,
  })
end
local store = { count = 0, step = 2 }
local proxy = tracked(store)
local sum = 0
for i = 1, 400 do
  proxy.count = proxy.count + proxy.step + (proxy.missing or 0)
  if i == 200 then
    -- Another shape, and another value of a key that was missing.
    store.extra = true
    store.missing = 3
  elseif i == 300 then
    store.missing = nil
    store.step = nil
    store.step = 5
  end
  sum = sum + proxy.count
end
print(sum, reads, writes, store.count)

-- Stores by constant keys: fields that there are, that there are not, and `__newindex`.
local log = {}
local function set(t, key, value) t[key] = value end
local plain = { a = 1 }
local guarded = setmetatable({ a = 1 }, { __newindex = function(t, k, v) log[#log + 1] = k; rawset(t, k, v) end })
local forwarding = setmetatable({}, { __newindex = plain })
for i = 1, 300 do
  set(plain, "a", i)
  set(guarded, "a", i)
  set(guarded, "b", i)
  set(forwarding, "c", i)
  if i % 100 == 0 then guarded.b = nil end
end
print(plain.a, plain.b, plain.c, guarded.a, guarded.b, #log, rawget(forwarding, "c"))

-- `rawget` asks no metatable.
local defaults = setmetatable({ x = 1, [1] = "one" }, { __index = function() return "default" end })
local keys = { "x", "y", 1, 2, 1.5, true, "a string that is too long to be interned, by a few bytes" }
local found = {}
for i = 1, 350 do
  local key = keys[i % #keys + 1]
  local v = rawget(defaults, key)
  found[tostring(v)] = (found[tostring(v)] or 0) + 1
  local x = rawget(defaults, "x")
  if i == 250 then defaults.x = nil end
  found.x = (found.x or 0) + (x and 1 or 100)
end
print(found["1"], found["one"], found["nil"], found["default"], found.x)
--! out: 220700	1600	400	1400
--! out: 300	nil	300	300	nil	3	nil
--! out: 35	50	265	nil	10250
--! jit: min-native-loops 1
