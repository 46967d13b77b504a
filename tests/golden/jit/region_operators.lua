-- A region with operators whose functions end in tail calls: a way through its loop comes back with multiple results pending, and it leaves
-- where a variable lies in memory alone.
local Light, Heavy = {}, { weight = 7 }
local function new(value, class) return setmetatable({ value = value }, class) end

local function weight(x)
  local class = getmetatable(x)
  if class == Light then return 1 end
  return class.weight
end

local function step(n)
  if n % 3 == 0 then return n + 1 end
  return n
end

Light.__add = function(a, b)
  local w = weight(b)
  local value = a.value
  local s = step(value)
  return new(s + w, Light)
end

local light, heavy = new(0, Light), new(0, Heavy)
local function sum(list)
  local x = light
  for i = 1, #list do x = x + list[i] end
  return x.value
end

local list = {}
for i = 1, 100 do list[i] = light end
for round = 1, 60 do sum(list) end
list[100] = heavy
print(sum(list))
for i = 50, 100 do list[i] = heavy end
print(sum(list))
--! out: 156
--! out: 456
