-- Closures made and called: shared and private upvalues, functions that return functions.
--! check: 390820060
--! quick: 250000 700320075
local n = tonumber((...) or 1500000)

-- Two closures share one variable.
local function counter(start)
  local value = start
  local function add(by) value = value + by end
  local function get() return value end
  return add, get
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function adder(a)
  return function(b)
    return function(c) return a + b + c end
  end
end

local function fold(list, start, step)
  local result = start
  for i = 1, #list do result = step(result, list[i]) end
  return result
end

-- Calls of closures that were made once.
local add, get = counter(0)
local twice_and_one = compose(function(x) return x + 1 end, function(x) return x * 2 end)
for i = 1, 5 * n do add(twice_and_one(i) % 7) end

-- Closures made and called at once.
local curried = 0
for i = 1, n do curried = curried + adder(i)(1)(2) % 11 end

-- Closures over a loop's variable, kept and then called.
local made = {}
for round = 1, n / 1000 do
  for i = 1, 200 do
    made[i] = function(x)
      round = round + 1
      return x * i + round
    end
  end
  for i = 1, 200 do curried = (curried + made[i](i)) % 1000000007 end
end

local list = {}
for i = 1, 100 do list[i] = i end
local folded = 0
for i = 1, n / 100 do
  folded = folded + fold(list, 0, function(sum, x) return sum + x % i end)
end

print(string.format("counter %d, curried %d, folded %d", get(), curried, folded))
print(string.format("check: %d", (get() + curried + folded) % 1000000007))
