-- What `debug.getlocal` says of variables that nothing reads any more depends on the compiler; of others it does not. And it is always a value.
local function use(v)
  if type(v) == "table" then
    return next(v)
  end
  return tostring(v)
end

local function look(level, name)
  local found
  for at = level + 1, level + 3 do
    for i = 1, 30 do
      local known, value = debug.getlocal(at, i)
      if not known then
        break
      end
      use(value)
      if known == name then
        found = value
      end
    end
  end
  return found
end

local function leaf(i, stop)
  local double, list, text = i * 2, { i }, "x" .. i
  local sum = double + #list
  if i >= stop then
    return look(1, "total"), sum
  end
  local dead, other = list, text
  return nil, sum % 3
end

local function middle(i, stop)
  local list, next_one = { i }, i + 1
  local found, sum = leaf(next_one, stop)
  local dead = list
  return found, sum
end

local function run(n, stop)
  local total = 0
  for i = 1, n do
    local dead = {}
    local found, sum = middle(i, stop)
    if found then
      return found == total, i, total, sum
    end
    total = total + sum
    if i % 30 == 7 then
      collectgarbage()
    end
  end
  return total
end

print(run(100, 60))
--! out: true	59	59	121
print(run(400, 250))
--! out: true	249	249	501
print(run(100, 1000))
--! out: 101
