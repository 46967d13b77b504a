-- __add and its kin: which operand's handler, in which order, with which arguments.
local log
local function handler(name) return function(a, b) log = name return name, "extra" end end
local mt = {}
for _, e in ipairs{"add", "sub", "mul", "div", "mod", "pow", "unm", "concat"} do mt["__" .. e] = handler(e) end
local o = setmetatable({}, mt)
print(o + 1, 1 + o, o - o, o * "x", {} / o, o % 2, 2 ^ o, -o, o .. "s", "s" .. o, 1 .. o, o .. o)
local V = {}
V.__index = V
local function vec(x, y) return setmetatable({x = x, y = y}, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__sub = function(a, b) return vec(a.x - b.x, a.y - b.y) end
V.__mul = function(a, b)
  if type(a) == "number" then return vec(a * b.x, a * b.y) end
  if type(b) == "number" then return vec(a.x * b, a.y * b) end
  return a.x * b.x + a.y * b.y
end
V.__unm = function(a, same) return vec(-a.x, -a.y), rawequal(a, same) end
V.__tostring = function(a) return "(" .. a.x .. "," .. a.y .. ")" end
local a, b = vec(1, 2), vec(3, 4)
print(tostring(a + b), tostring(a - b), a * b, tostring(2 * a), tostring(a * 2), tostring(-a))
local sum = vec(0, 0)
for i = 1, 100 do sum = sum + vec(i, -i) * 2 end
print(tostring(sum))
local L = setmetatable({}, {__add = function(x, y) return "left", x, y end})
local R = setmetatable({}, {__add = function(x, y) return "right" end})
print(L + R, R + L, 1 + L, 1 + R, "a" + R)
print((function(...) return select("#", ...) end)(L + R))
print(getmetatable(-o) == getmetatable(""), pcall(function() return -setmetatable({}, {}) end))
print(pcall(function() return {} + o, 1 end))
for _, e in ipairs{"a + b", "a - b", "a * b", "a / b", "a % b", "a ^ b", "-a", "a .. b"} do
  print(e, pcall(loadstring("local a, b = ... return " .. e, "=c"), {}, 5))
end
-- handlers that are callable tables, and handlers that fail
local C = setmetatable({}, {__add = setmetatable({}, {__call = function(self, x, y) return type(self), type(x), y end})})
print(C + 7)
local E = setmetatable({}, {__add = function() error("in handler", 0) end})
print(pcall(function() return E + 1 end))
local N = setmetatable({}, {__add = 5})
print(pcall(function() return N + 1 end))
--! out: add	add	sub	mul	div	mod	pow	unm	concat	concat	concat	concat
--! out: (4,6)	(-2,-2)	11	(2,4)	(2,4)	(-1,-2)
--! out: (10100,-10100)
--! out: left	right	left	right	right
--! out: 1
--! out: true	false	arithmetic_events.lua:29: attempt to perform arithmetic on a table value
--! out: true	add	1
--! out: a + b	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: a - b	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: a * b	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: a / b	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: a % b	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: a ^ b	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: -a	false	c:1: attempt to perform arithmetic on local 'a' (a table value)
--! out: a .. b	false	c:1: attempt to concatenate local 'a' (a table value)
--! out: table
--! out: false	in handler
--! out: false	arithmetic_events.lua:40: attempt to call a number value
