-- However many tail calls a function has made before it returns, it returns to one place by one trace.
local function sum_to(n, acc)
  if n == 0 then return acc end
  return sum_to(n - 1, acc + n)
end

local total = 0
for i = 1, 2000 do
  total = total + sum_to(i % 70, 0)
end
print(total)

-- How many they were is known all the same, behind a return to a frame that has made some itself.
local depths = {}
local function lost_levels()
  local count, level = 0, 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info or info.what == "main" then return count end
    if info.what == "tail" then count = count + 1 end
    level = level + 1
  end
end

local function leaf(n, k)
  if n > 0 then return leaf(n - 1, k) end
  return k
end

local function middle(hops, n)
  if hops > 0 then return middle(hops - 1, n) end
  local k = leaf(n % 5, n)
  if k % 100 == 0 then depths[#depths + 1] = lost_levels() end
  return k
end

local function outer(i)
  local k = middle(i % 7, i)
  return k + 1
end

local sum = 0
for i = 1, 1000 do sum = sum + outer(i) end
print(sum, table.concat(depths, " "))
--! out: 1611820
--! out: 501500	2 4 6 1 3 5 0 2 4 6
--! jit: min-native-loops 1
