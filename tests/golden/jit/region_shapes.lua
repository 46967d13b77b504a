-- What a branch of a region knows of a table's shape says nothing about the other branches: `y` may be `x` where it has x's shape.

local function run(x, list, n)
  local sum = 0
  for i = 1, n do
    local y = list[i]
    sum = sum + x.f
    y.f = i
  end
  return sum
end

local function made(kind)
  if kind == 0 then
    return { f = 1, c = 1 }
  elseif kind == 1 then
    return { f = 1, a = 1 }
  else
    return { f = 1, b = 1 }
  end
end

for round = 1, 5 do
  local x, list = { f = 1, a = 1 }, {}
  for i = 1, 400 do
    local kind = i < 200 and 0 or i % 3
    list[i] = made(kind)
    if round > 3 and kind == 1 then
      list[i] = x
    end
  end
  print(run(x, list, 400))
end
--! out: 400
--! out: 400
--! out: 400
--! out: 59503
--! out: 59503
