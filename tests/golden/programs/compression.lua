-- LZW, run lengths, Huffman codes with a heap, base64, Burrows-Wheeler and move-to-front.
local scale = tonumber((...)) or 1
local seed = 12345
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return math.floor(seed / 65536) % n + 1 end
local words = {"lorem", "ipsum", "dolor", "sit", "amet", "aaaa", "bbbbbb", "consectetur", "\0\1\2", "zz"}
local parts = {}
for i = 1, 120 * scale do parts[i] = words[random(#words)] end
local text = table.concat(parts, " ")

local function lzw_encode(s)
  local dictionary, size = {}, 256
  for i = 0, 255 do dictionary[string.char(i)] = i end
  local out, w = {}, ""
  for c in s:gmatch(".") do
    local wc = w .. c
    if dictionary[wc] then w = wc
    else
      out[#out + 1] = dictionary[w]
      dictionary[wc] = size
      size = size + 1
      w = c
    end
  end
  if w ~= "" then out[#out + 1] = dictionary[w] end
  return out
end
local function lzw_decode(codes)
  local dictionary, size = {}, 256
  for i = 0, 255 do dictionary[i] = string.char(i) end
  local w = dictionary[codes[1]]
  local out = {w}
  for i = 2, #codes do
    local entry = dictionary[codes[i]] or w .. w:sub(1, 1)
    out[#out + 1] = entry
    dictionary[size] = w .. entry:sub(1, 1)
    size, w = size + 1, entry
  end
  return table.concat(out)
end

local function run_lengths(s)
  local out, at = {}, 1
  while at <= #s do
    local c, n = s:sub(at, at), 1
    while n < 255 and s:sub(at + n, at + n) == c do n = n + 1 end
    out[#out + 1] = string.char(n) .. c
    at = at + n
  end
  return table.concat(out)
end
local function expand(s) return (s:gsub("(.)(.)", function(n, c) return c:rep(n:byte()) end)) end

local Heap = {}
Heap.__index = Heap
function Heap.new(less) return setmetatable({n = 0, less = less}, Heap) end
function Heap:push(x)
  self.n = self.n + 1
  local i = self.n
  self[i] = x
  while i > 1 do
    local parent = math.floor(i / 2)
    if not self.less(self[i], self[parent]) then break end
    self[i], self[parent] = self[parent], self[i]
    i = parent
  end
end
function Heap:pop()
  local top = self[1]
  self[1] = self[self.n]
  self[self.n] = nil
  self.n = self.n - 1
  local i = 1
  while true do
    local least, left, right = i, i * 2, i * 2 + 1
    if left <= self.n and self.less(self[left], self[least]) then least = left end
    if right <= self.n and self.less(self[right], self[least]) then least = right end
    if least == i then return top end
    self[i], self[least] = self[least], self[i]
    i = least
  end
end
local function huffman(s)
  local counts = {}
  for i = 1, #s do local c = s:sub(i, i) counts[c] = (counts[c] or 0) + 1 end
  local symbols = {}
  for c in pairs(counts) do symbols[#symbols + 1] = c end
  table.sort(symbols)
  local heap = Heap.new(function(a, b) if a.weight ~= b.weight then return a.weight < b.weight end return a.order < b.order end)
  local order = 0
  for _, c in ipairs(symbols) do order = order + 1 heap:push{weight = counts[c], order = order, symbol = c} end
  while heap.n > 1 do
    local a, b = heap:pop(), heap:pop()
    order = order + 1
    heap:push{weight = a.weight + b.weight, order = order, left = a, right = b}
  end
  local codes = {}
  local function walk(node, code)
    if node.symbol then codes[node.symbol] = code == "" and "0" or code return end
    walk(node.left, code .. "0")
    walk(node.right, code .. "1")
  end
  local tree = heap:pop()
  walk(tree, "")
  local bits = s:gsub(".", codes)
  local out, node = {}, tree
  for bit in bits:gmatch(".") do
    node = bit == "0" and node.left or node.right
    if node.symbol then out[#out + 1] = node.symbol node = tree end
  end
  return bits, table.concat(out), codes
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    for shift = 3, 0, -1 do
      local six = math.floor(n / 64 ^ shift) % 64
      out[#out + 1] = (shift == 1 and not b or shift == 0 and not c) and "=" or alphabet:sub(six + 1, six + 1)
    end
  end
  return table.concat(out)
end

local function transform(s)
  s = s .. "\255"
  local rotations = {}
  for i = 1, #s do rotations[i] = s:sub(i) .. s:sub(1, i - 1) end
  table.sort(rotations, function(a, b) return a < b end)
  local last = {}
  for i, r in ipairs(rotations) do last[i] = r:sub(-1) end
  return table.concat(last)
end
local function move_to_front(s)
  local list, out = {}, {}
  for i = 0, 255 do list[i + 1] = string.char(i) end
  for i = 1, #s do
    local c, at = s:sub(i, i), 1
    while list[at] ~= c do at = at + 1 end
    table.insert(list, 1, table.remove(list, at))
    out[i] = at - 1
  end
  return out
end

local codes = lzw_encode(text)
print(#text, #codes, lzw_decode(codes) == text)
local runs = run_lengths(text)
print(#runs, expand(runs) == text)
local bits, back, book = huffman(text)
print(#bits, back == text, book[" "], book["e"], book["\0"])
local coded = base64(text)
print(#coded, coded:sub(1, 40), base64("a"), base64("ab"), base64("abc"))
local moved, sum = move_to_front(transform(text:sub(1, 300))), 0
for i, v in ipairs(moved) do sum = (sum * 3 + v) % 1000003 end
print(#moved, sum, table.concat(moved, " ", 100, 120))
--! out: 722	237	true
--! out: 1222	true
--! out: 2888	true	111	1100	101110
--! out: 964	AAECIAABAiBhYWFhIHNpdCBhbWV0IGJiYmJiYiAA	YQ==	YWI=	YWJj
--! out: 301	720447	0 0 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
