-- Trees built, walked and dropped while one long-lived tree stays: what a collector is asked to do most.
--! check: 276858802
--! quick: 14 824804927
local depth = tonumber((...) or 16)
local LEAST = 4

local function build(levels)
  if levels == 0 then return {} end
  return { left = build(levels - 1), right = build(levels - 1) }
end

local function count(tree)
  if not tree.left then return 1 end
  return 1 + count(tree.left) + count(tree.right)
end

local kept = build(depth)
local check = 0
for levels = LEAST, depth, 3 do
  local trees = 2 ^ (depth - levels + LEAST - 1)
  local nodes = 0
  for _ = 1, trees do nodes = nodes + count(build(levels)) end
  print(string.format("%d trees of depth %d: %d nodes", trees, levels, nodes))
  check = (check * 31 + nodes) % 1000000007
end

print(string.format("kept: %d nodes", count(kept)))
print(string.format("check: %d", check))
