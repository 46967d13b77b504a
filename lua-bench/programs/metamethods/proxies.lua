-- Tables behind __index and __newindex functions: defaults, read counters, and properties with getters and setters.
--! check: 46350 120000000 60000000
local rounds = tonumber((...) or 60000000)

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
    __call = function(_, by) return by + store.count end,
  })
end

local getters = { double = function(self) return rawget(self, "count") * 2 end }
local Properties = {
  __index = function(self, key)
    local getter = getters[key]
    return getter and getter(self)
  end,
}

local proxy = tracked({ count = 0, step = 2 })
local object = setmetatable({ count = 5 }, Properties)
local sum = 0
for i = 1, rounds do
  proxy.count = proxy.count + proxy.step
  sum = (sum + object.double + proxy(i) + (object.missing or 1)) % 1000003
end
print("check: " .. sum .. " " .. reads .. " " .. writes)
