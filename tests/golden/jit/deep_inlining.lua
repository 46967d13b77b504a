-- More calls inside one another than a trace inlines: in a chain of functions, in tail calls, in functions that call each other.
local chain = { function(x) return x + 1 end }
for i = 2, 30 do
  local inner = chain[i - 1]
  chain[i] = function(x)
    local y = inner(x)
    return y + i % 3
  end
end
local top, sum = chain[30], 0
for i = 1, 300 do sum = sum + top(i) end
print(sum)
--! out: 54150

local state = {}
for i = 1, 40 do
  local code = ("return function(s, n) s.n%d = (s.n%d or 0) + n return s.next[%d](s, n) end"):format(i % 4, i % 4, i + 1)
  state[i] = assert((loadstring or load)(code))()
end
state[41] = function(s, n) return s.n0 + n end
local s = { next = state }
local last
for i = 1, 200 do last = state[1](s, i % 5) end
print(last, s.n0, s.n1, s.n2, s.n3)
--! out: 4000	4000	4000	4000	4000

-- A tree walker: which function comes next depends on the node.
local walk
local kinds = {
  leaf = function(node) return node.value end,
  sum = function(node) return walk(node.left) + walk(node.right) end,
  twice = function(node) return 2 * walk(node.left) end,
}
function walk(node) return kinds[node.kind](node) end
local function tree(depth, seed)
  if depth == 0 then return { kind = "leaf", value = seed } end
  if seed % 3 == 0 then return { kind = "twice", left = tree(depth - 1, seed + 1) } end
  return { kind = "sum", left = tree(depth - 1, seed + 1), right = tree(depth - 1, seed + 2) }
end
local root, total = tree(9, 1), 0
for i = 1, 20 do
  root.left.left.left.value = i
  total = total + walk(root)
end
print(total)
--! out: 134260
--! jit: min-native-loops 1
