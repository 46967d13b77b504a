-- Generators: permutations by a recursive coroutine, a tree walked by nested ones, a pipeline of three.
--! check: 955237
--! quick: 3 195524
local rounds = tonumber((...) or 30)

local function permutations(items, n)
  n = n or #items
  if n <= 1 then
    coroutine.yield(items)
  else
    for i = 1, n do
      items[n], items[i] = items[i], items[n]
      permutations(items, n - 1)
      items[n], items[i] = items[i], items[n]
    end
  end
end

local function walk(tree)
  if tree then
    walk(tree.left)
    coroutine.yield(tree.value)
    walk(tree.right)
  end
end

local function build(low, high)
  if low > high then return nil end
  local middle = math.floor((low + high) / 2)
  return { value = middle, left = build(low, middle - 1), right = build(middle + 1, high) }
end

local function numbers(n)
  return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end)
end
local function squares(source)
  return coroutine.wrap(function() for x in source do coroutine.yield(x * x) end end)
end
local function odd(source)
  return coroutine.wrap(function() for x in source do if x % 2 == 1 then coroutine.yield(x) end end end)
end

local check, tree = 0, build(1, 50000)
for _ = 1, rounds do
  for items in coroutine.wrap(function() permutations({ 1, 2, 3, 4, 5, 6, 7, 8 }) end) do
    check = (check + items[1] * 3 + items[8]) % 1000003
  end
  for value in coroutine.wrap(function() walk(tree) end) do check = (check + value) % 1000003 end
  for value in odd(squares(numbers(100000))) do check = (check + value) % 1000003 end
end
print("check: " .. check)
