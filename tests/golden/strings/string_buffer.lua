-- The module `string.buffer` of LuaJIT.
local buffer = require("string.buffer")
print(package.loaded["string.buffer"] == buffer, string.buffer, type(buffer.new()), getmetatable(buffer.new()))
local b = buffer.new(16)
print(b:put("a", 1, 2.5, -0) == b, #b, tostring(b), b:tostring() .. "|" .. b .. "|" .. 5)
print(b:get(2), #b, b:get(1, 0, nil), #b, b:get())
b:put("hello world"):skip(6)
print(b, #b, b:set("xyz"):putf("<%03d %s>", 7, "s"), b:reset(), #b, b:put("again"):free(), #b)
b:put(setmetatable({}, { __tostring = function() return coroutine.running() and coroutine.yield("asked") or "main" end }))
local co = coroutine.wrap(function()
  b:put(setmetatable({}, { __tostring = function() return coroutine.yield("asked") end }), "!")
  return tostring(b)
end)
print(co(), co("answered"))
local copy = buffer.new():put(b, b)
print(copy, #copy)
for _, bad in ipairs{ {}, true, print } do print(pcall(b.put, b, bad)) end
print(pcall(b.put, b, b))
print(pcall(b.put, "x"))
print(pcall(b.get, b, -1))
print(pcall(b.skip, b))
print(pcall(b.set, b, 5))
print(pcall(b.putf, b, "%d", "x"))
print(pcall(buffer.new, -1))
print(pcall(function() return b .. {} end))

-- A long one, in a loop that gets hot, with what is read making room.
local long, total = buffer.new(), 0
for i = 1, 2000 do
  long:put(i, ",")
  if i % 3 == 0 then total = total + #long:get(7) end
end
print(#long, total, long:get(12))

-- Values as bytes.
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
for _, v in ipairs{ 1, -1.5, true, false, "", "a", ("x"):rep(200), ("y"):rep(9000), math.huge } do
  local s = buffer.encode(v)
  io.write(#s, " ", hex(s):sub(1, 20), " ", tostring(buffer.decode(s) == v), "; ")
end
print(hex(buffer.encode(nil)), buffer.decode(buffer.encode(nil)))
for _, t in ipairs{ {}, { 1, 2, 3 }, { a = 1 }, { [0] = 5 }, { [0] = 5, 6 }, { 1, nil, 3 }, { 1, 2, k = true } } do
  io.write(hex(buffer.encode(t)), " ")
end
print()
local t = buffer.decode(buffer.encode{ 1, { x = { "deep" } }, [1.5] = false, [true] = "t", [-3] = 4 })
print(#t, t[2].x[1], t[1.5], t[true], t[-3])
for _, bad in ipairs{ print, { print }, { [print] = 1 }, coroutine.create(function() end), io.stdout, buffer.new() } do
  print(pcall(buffer.encode, bad))
end
local cycle = {}
cycle.cycle = cycle
print(pcall(buffer.encode, cycle))
for _, s in ipairs{ "", "\7\0", "\9\1", "\32\0", "\31", "\255\255", "\12\255\255\255\255\127", "\9\255\255\255\255\127", "\14\0\8", "\15\0",
  "\9\2\33a\1\33a\2", "\9\1\0\1", "\5\255\255\255\255\255\255\255\255", ("\12\2"):rep(200) .. "\0" } do
  io.write(hex(s):sub(1, 24), " ")
  print(pcall(buffer.decode, s))
end

-- Dictionaries of keys and metatables.
local class = {}
class.__index = class
local packed = buffer.new{ dict = { "key", "name" }, metatable = { class } }
packed:encode{ key = 1, other = 2 }:encode(setmetatable({ 5 }, class)):encode("key")
print(#packed, hex(tostring(packed)):sub(1, 8))
local first, second = packed:decode(), packed:decode()
print(first.key, first.other, getmetatable(second) == class, second[1], packed:decode(), #packed)
print(pcall(packed.decode, packed))
print(pcall(buffer.new, { dict = { 1 } }))
print(pcall(buffer.new, 5, { metatable = { "m" } }))
--! out: true	nil	userdata	buffer
--! out: true	7	a12.5-0	a12.5-0|a12.5-0|5
--! out: a1	5	2	0	
--! out: 	5			0		0
--! out: asked	mainanswered!
--! out: mainanswered!mainanswered!	26
--! out: false	bad argument #2 to '?' (string/number/__tostring expected, got table)
--! out: false	bad argument #2 to '?' (string/number/__tostring expected, got boolean)
--! out: false	bad argument #2 to '?' (string/number/__tostring expected, got function)
--! out: false	bad argument #2 to '?' (cannot put buffer into itself)
--! out: false	bad argument #1 to '?' (buffer expected, got string)
--! out: false	bad argument #2 to '?' (number out of range)
--! out: false	bad argument #2 to '?' (number expected, got no value)
--! out: false	bad argument #2 to '?' (string expected, got number)
--! out: false	bad argument #3 to '?' (number expected, got string)
--! out: false	bad argument #1 to '?' (number out of range)
--! out: false	attempt to concatenate a table value
--! out: 4234	4659	154,1155,115
--! out: 9 07000000000000f03f true; 9 07000000000000f8bf true; 1 02 true; 1 01 true; 1 20 true; 2 2161 true; 202 e0087878787878787878 true; 9005 ff482300007979797979 true; 9 07000000000000f07f true; 00	nil
--! out: 08 0c0407000000000000f03f070000000000000040070000000000000840 0901216107000000000000f03f 0a01070000000000001440 0a02070000000000001440070000000000001840 0c0407000000000000f03f00070000000000000840 0d030107000000000000f03f070000000000000040216b02 
--! out: 2	deep	false	t	4
--! out: false	cannot serialize 'function'
--! out: false	cannot serialize 'function'
--! out: false	cannot serialize 'function'
--! out: false	cannot serialize 'thread'
--! out: false	cannot serialize 'userdata'
--! out: false	cannot serialize 'userdata'
--! out: false	too deep to serialize
--! out:  false	unexpected end of buffer
--! out: 0700 false	unexpected end of buffer
--! out: 0901 false	unexpected end of buffer
--! out: 2000 false	left-over data in buffer
--! out: 1f false	cannot deserialize tag 0x1f
--! out: ffff false	unexpected end of buffer
--! out: 0cffffffff7f false	unexpected end of buffer
--! out: 09ffffffff7f false	unexpected end of buffer
--! out: 0e0008 false	invalid dictionary index 0
--! out: 0f00 false	invalid dictionary index 0
--! out: 0902216101216102 false	duplicate table key
--! out: 09010001 false	table index is nil
--! out: 05ffffffffffffffff false	cannot deserialize tag 0x05
--! out: 0c020c020c020c020c020c02 false	too deep to serialize
--! out: 45	09020f00
--! out: 1	2	true	5	key	0
--! out: false	unexpected end of buffer
--! out: false	bad options table
--! out: false	bad options table
--! ours: LuaJIT's module
