-- Doubly linked lists: nodes are moved to the front as in a move-to-front cache.
--! check: 539580 64
local rounds = tonumber((...) or 40000000)

local List = {}
List.__index = List

function List.new()
  local self = setmetatable({ size = 0 }, List)
  self.first, self.last = nil, nil
  return self
end

function List:push_front(node)
  node.before, node.after = nil, self.first
  if self.first then self.first.before = node else self.last = node end
  self.first = node
  self.size = self.size + 1
end

function List:remove(node)
  local before, after = node.before, node.after
  if before then before.after = after else self.first = after end
  if after then after.before = before else self.last = before end
  self.size = self.size - 1
end

local list, nodes = List.new(), {}
for i = 1, 64 do
  nodes[i] = { value = i }
  list:push_front(nodes[i])
end

local seed, check = 3, 0
for _ = 1, rounds do
  seed = (seed * 16807) % 2147483647
  local node = nodes[1 + seed % 64]
  list:remove(node)
  list:push_front(node)
  check = (check + list.last.value) % 1000003
end
print("check: " .. check .. " " .. list.size)
