-- Small libraries together: inspect, binaryheap, fifo, basexx, MessagePack, ansicolors, mediator.
-- Packages: lua-inspect lua-binaryheap lua-fifo lua-basexx lua-messagepack lua-ansicolors lua-mediator
local inspect, heaps, fifo, basexx = require("inspect"), require("binaryheap"), require("fifo"), require("basexx")
local pack, colors, mediator = require("MessagePack"), require("ansicolors"), require("mediator")
local random = 42
local function draw(n) random = (random * 16807) % 2147483647 return random % n end

local nested = {1, 2, {a = 1, b = {true, "x\n\1"}}, ["key with blanks"] = {}, [3.5] = -0.25}
nested.self = nested
print(inspect(nested), inspect({{}, {{}}}, {newline = "", indent = ""}))
print(inspect(setmetatable({5}, {__index = {}}), {process = function(item, path) if path[#path] ~= inspect.METATABLE then return item end end}))

local heap = heaps.minUnique()
for i = 1, 400 do heap:insert(draw(1000), i) end
for i = 1, 400, 3 do heap:remove(i) end
for i = 2, 400, 3 do heap:update(i, draw(1000)) end
local previous, ordered, sum = -1, true, 0
while heap:size() > 0 do
  local payload, value = heap:pop()
  ordered, previous, sum = ordered and value >= previous, value, (sum * 31 + payload) % 1000003
end
print(ordered, sum)
local most = heaps.maxHeap()
for i = 1, 100 do most:insert(draw(50)) end
print(most:pop(), most:pop(), most:peek())

local queue = fifo()
queue:setempty(function() return "empty" end)
for i = 1, 500 do queue:push(i) if i % 3 == 0 then sum = sum + queue:pop() end end
queue:insert(2, "second")
print(queue:length(), queue:peek(2), queue:remove(5), sum)
while queue:length() > 0 do queue:pop() end
print(queue:pop())

local bytes = {}
for i = 1, 240 do bytes[i] = string.char(draw(256)) end
bytes = table.concat(bytes)
for _, name in ipairs{"bit", "hex", "base32", "crockford", "base64", "url64", "z85"} do
  local text = basexx["to_" .. name](bytes)
  print(name, #text, text:sub(1, 40), basexx["from_" .. name](text) == bytes)
end
print(basexx.from_hex("4x"), basexx.from_base64("ab cd", " "))

for _, value in ipairs{0, -1, 127, 128, -33, 255, 65536, 2 ^ 31, 2 ^ 40, -2 ^ 35, 1.5, -1e300, 1 / 0, "", "abc", ("x"):rep(300), true} do
  local text = pack.pack(value)
  print(#text, basexx.to_hex(text):sub(1, 60), pack.unpack(text) == value)
end
local list = {}
for i = 1, 300 do list[i] = {i, tostring(i), {i / 4}} end
local again = pack.unpack(pack.pack(list))
print(#again, again[300][2], again[77][3][1], pcall(pack.unpack, pack.pack(list):sub(1, 500)))
print((colors("%{red bright}warning%{reset} plain"):gsub("\27", "ESC")))

local log, bus = {}, mediator()
bus:subscribe({"news", "sport"}, function(what) log[#log + 1] = "sport " .. what end)
bus:subscribe({"news"}, function(what) log[#log + 1] = "news " .. what return nil, what ~= "stop" end, {priority = 1})
bus:subscribe({"news"}, function(what) log[#log + 1] = "second " .. what end, {predicate = function(what) return #what > 2 end})
for i = 1, 20 do bus:publish({"news", "sport"}, "n" .. i) end
bus:publish({"news"}, "stop")
print(#log, log[1], log[2], log[3], log[#log])
