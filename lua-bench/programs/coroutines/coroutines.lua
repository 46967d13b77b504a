-- Coroutines: made and finished, resumed many times, chained as filters, yielding from recursion.
--! check: 185528104
--! quick: 1000 250808213
local n = tonumber((...) or 8000)
local yield, wrap = coroutine.yield, coroutine.wrap

local function numbers(limit)
  return wrap(function()
    for i = 1, limit do yield(i) end
  end)
end

local function filter(source, keep)
  return wrap(function()
    for x in source do
      if keep(x) then yield(x) end
    end
  end)
end

-- A balanced tree's keys in order, yielded from inside the recursion.
local function tree(low, high)
  if low > high then return nil end
  local middle = math.floor((low + high) / 2)
  return { key = middle, left = tree(low, middle - 1), right = tree(middle + 1, high) }
end
local function walk(node)
  if node then
    walk(node.left)
    yield(node.key)
    walk(node.right)
  end
end

-- Two coroutines that hand values to each other through `resume` and `yield`.
local function converse(turns)
  local partner = coroutine.create(function(x)
    while true do x = yield((x * 5 + 1) % 8191) end
  end)
  local value = 1
  for _ = 1, turns do
    local _, answer = coroutine.resume(partner, value)
    value = answer
  end
  return value
end

local root = tree(1, 200)
local check, finished = 0, 0
for round = 1, n do
  local sum = 0
  local odd = filter(numbers(300), function(x) return x % 2 == 1 end)
  local source = filter(odd, function(x) return x % 3 ~= round % 3 end)
  for x in source do sum = sum + x end
  for key in wrap(function() walk(root) end) do sum = (sum * 3 + key) % 65521 end
  sum = sum + converse(500)
  for i = 1, 100 do
    local short = coroutine.create(function(a, b) return a + b end)
    local _, value = coroutine.resume(short, i, round)
    sum = sum + value
    if coroutine.status(short) == "dead" then finished = finished + 1 end
  end
  check = (check * 31 + sum) % 1000000007
end

print(string.format("finished: %d", finished))
print(string.format("check: %d", check))
