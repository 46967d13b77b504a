-- Utilities of the Prosody server: JSON, sets, arrays, queues, promises, templates, a heap, IP addresses.
-- Packages: prosody
local root = ...
package.path = root .. "/usr/lib/prosody/?.lua;" .. package.path
-- In Prosody these two are written in C.
package.preload["util.table"] = function()
  return {create = function() return {} end, pack = function(...) return {n = select("#", ...), ...} end}
end
package.preload["util.compat"] = function()
  local function with_arguments(f, handler, ...)
    local arguments, count = {...}, select("#", ...)
    return xpcall(function() return f(unpack(arguments, 1, count)) end, handler)
  end
  return {xpcall = with_arguments}
end
local array, set, queue, json = require("util.array"), require("util.set"), require("util.queue"), require("util.json")
local iterators, heap, events = require("util.iterators"), require("util.indexedbheap"), require("util.events")
local cache, multitable, interpolation = require("util.cache"), require("util.multitable"), require("util.interpolation")
local promise, pointer, rsm = require("util.promise"), require("util.jsonpointer"), require("util.serialization")

print(array.collect(iterators.range(1, 10)):map(function(x) return x * x end):concat(","))
print(array{3, 1, 2}:sort():reverse():concat(" "), tostring(set.new{1, 2} == set.new{2, 1}), set.new{"a"}:contains("b"))
local q = queue.new(20, true)
for i = 1, 100 do q:push(i) if i % 7 == 0 then q:pop() end end
print(q:count(), q:peek(), table.concat(q._items, " ", 1, 3))
for _, text in ipairs{"[1,2,{\"a\":null}]", "\"\\u00e9\\ud83d\\ude00\"", "{\"x\":[true,false]}", "[1,]", "nul", "-1.5e3", "{\"a\" 1}"} do
  local value, message = json.decode(text)
  print(text, value ~= nil and json.encode_ordered(value) or nil, message)
end
local random, h = 11, heap.create()
for i = 1, 300 do random = (random * 16807) % 2147483647 h:insert({n = i}, random % 997) end
local last, good, sum = -1, true, 0
while true do
  local priority, item = h:pop()
  if not priority then break end
  good, last, sum = good and priority >= last, priority, (sum * 7 + item.n) % 100003
end
print(good, sum)
local bus, log = events.new(), {}
bus.add_handler("e", function(x) log[#log + 1] = "low" .. x end, -1)
bus.add_handler("e", function(x) log[#log + 1] = "high" .. x if x == 5 then return "stopped" end end, 5)
for i = 1, 8 do log[#log + 1] = tostring((bus.fire_event("e", i))) end
print(table.concat(log, " "))
local c = cache.new(10, function(k, v) sum = sum + v return true end)
for i = 1, 200 do c:set("k" .. i % 23, i) if i % 5 == 0 then c:get("k" .. (i - 3) % 23) end end
print(c:count(), c:head(), c:tail(), sum)
local tree = multitable.new()
for i = 1, 60 do tree:set(i % 3, i % 5, "k" .. i % 7, i) end
print(tree:get(1, 1, "k1"), tree:get(2, 2, "k3"), tree:get(9, 9, 9))
local render = interpolation.new("%b{}", function(s) return "<" .. s .. ">" end, {up = string.upper})
print(render("Hello {name|up}! {items#{idx}:{item} } {missing?none} {raw!}", {name = "you", items = {"a", "b"}, raw = "&"}))
local seen = {}
promise.new(function(resolve) resolve(1) end):next(function(v) return v + 1 end):next(function(v) error("bad " .. v, 0) end)
  :catch(function(e) seen[#seen + 1] = tostring(e):match("^[^\n]*") return "caught" end):finally(function() seen[#seen + 1] = "end" end)
promise.all{promise.resolve(1), 2, promise.new(function(r) r(3) end)}:next(function(v) seen[#seen + 1] = table.concat(v, "+") end)
print(table.concat(seen, "; "))
print(pointer.resolve({a = {b = {10, 20}}}, "/a/b/1"), rsm.serialize({1, {2}}, {preset = "oneline"}))
