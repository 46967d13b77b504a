-- Metamethods that are Lua functions are inlined: operators, comparisons, calls, reads and writes.
local N = 300
local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({x = a.x + b.x}, V) end
V.__sub = function(a, b) return (type(a)=="number" and a or a.x) - (type(b)=="number" and b or b.x) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__concat = function(a, b) return (type(a)=="table" and a.x or a) .. ":" .. (type(b)=="table" and b.x or b) end
V.__call = function(self, y, ...) return self.x + y + select('#', ...) end
V.__unm = function(a) return -a.x end
local log = {}
local P = setmetatable({}, {__index = function(t, k) return k .. "!" end, __newindex = function(t, k, v) rawset(log, k, v) end})
local Q = setmetatable({}, {__index = function(t, k) return k * 2 end, __newindex = function(t, k, v) log[#log % 10 + 1] = v + k end})
local O = setmetatable({}, {__lt = function(a, b) return true end})
local O2 = setmetatable({}, getmetatable(O))
local s, n = 0, 0
for i = 1, N do
  local a, b = setmetatable({x = i}, V), setmetatable({x = i % 10}, V)
  local c = a + b
  s = s + c.x + (a - b) + (5 - a) + (b - 2)
  if a == b then n = n + 1 end
  if a ~= c then n = n + 2 end
  if a < b then n = n + 3 end
  if a <= b then n = n + 5 end
  if not (a > c) then n = n + 7 end
  if O <= O2 then n = n + 1 end
  n = n + #(a .. "z") + #("q" .. b) + #(a .. b)
  n = n + a(1) + a(2, 3, 4) + -a
  n = n + #P.foo + #P["bar"]
  P.baz = i
  P[i % 3] = i
  s = s + Q[i]
  Q[i] = s % 17
  s = s + ("10" + i) + ("3" * "4") - "1"
end
print(s, n, log.baz, log[1], log[2], log[0], #log)
--! out: 189150	55428	300	310	299	300	10
--! jit: min-native-loops 1
