-- map, filter and fold over arrays with function arguments, and functions made from functions.
--! check: 19984706
local rounds = tonumber((...) or 40000)

local function map(items, f)
  local out = {}
  for i = 1, #items do out[i] = f(items[i]) end
  return out
end

local function filter(items, wanted)
  local out = {}
  for i = 1, #items do
    if wanted(items[i]) then out[#out + 1] = items[i] end
  end
  return out
end

local function fold(items, f, start)
  local result = start
  for i = 1, #items do result = f(result, items[i]) end
  return result
end

local function compose(f, g)
  return function(...) return f(g(...)) end
end

local function add(n)
  return function(x) return x + n end
end

local numbers = {}
for i = 1, 1000 do numbers[i] = i end

local total = 0
for round = 1, rounds do
  local change = compose(add(round), function(x) return x * 2 end)
  local odd = filter(map(numbers, change), function(x) return x % 3 == 1 end)
  total = (total + fold(odd, function(a, b) return a + b end, 0)) % 1000000007
end
print("check: " .. total)
