-- Trees made and dropped: allocation and recursion.
local function bottom_up(depth)
  if depth > 0 then
    depth = depth - 1
    local left, right = bottom_up(depth), bottom_up(depth)
    return {left, right}
  end
  return {}
end
local function check(tree) if tree[1] then return 1 + check(tree[1]) + check(tree[2]) end return 1 end
local N, min = 7, 3
local max = N
print("stretch", check(bottom_up(max + 1)))
local long = bottom_up(max)
for depth = min, max, 2 do
  local iterations, c = 2 ^ (max - depth + 1), 0
  for i = 1, iterations do c = c + check(bottom_up(depth)) end
  print(iterations, "trees of depth", depth, "check", c)
end
print("long lived", check(long))
--! out: stretch	511
--! out: 32	trees of depth	3	check	480
--! out: 8	trees of depth	5	check	504
--! out: 2	trees of depth	7	check	510
--! out: long lived	255
