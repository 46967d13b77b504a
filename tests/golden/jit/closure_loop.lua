-- Closures made and called in hot loops; upvalues read, written, shared, from several levels.
local s = 0
for i = 1, 300 do local f = function(x) return x + i end s = s + f(1) end
print(s)
local total = 0
local function add(n) total = total + n end
for i = 1, 300 do add(i) end
print(total)
local function counter() local n = 0 return function() n = n + 1 return n end end
local c1, c2, last = counter(), counter(), 0
for i = 1, 200 do last = c1() + (i % 2 == 0 and c2() or 0) end
print(last, c1(), c2())
local fs = {}
for i = 1, 100 do local k = i * 2 fs[i] = function(d) k = k + d return k end end
local r = 0
for round = 1, 3 do for i = 1, #fs do r = r + fs[i](round) end end
print(r)
local function compose(f, g) return function(x) return f(g(x)) end end
local inc = function(x) return x + 1 end
local f = inc
for i = 1, 20 do f = compose(f, inc) end
local v = 0
for i = 1, 30 do v = v + f(i) end
print(v)
local acc = 0
for i = 1, 100 do
  local x = i
  local function set(v) x = v end
  if i % 3 == 0 then set(0) end
  acc = acc + x
end
print(acc)
local function each(t, g) for i = 1, #t do g(t[i], i) end end
local sum, idx = 0, 0
for r = 1, 20 do each({1, 2, 3, 4, 5}, function(v, i) sum = sum + v * r idx = idx + i end) end
print(sum, idx)
local up = 1
local function reader() return up end
local seen = 0
for i = 1, 100 do if i == 50 then up = 10 end seen = seen + reader() end
print(seen)
local keep
for i = 1, 100 do local z = i keep = function() z = z + 1 return z end if i > 60 then break end end
print(keep(), keep())
--! out: 45450
--! out: 45150
--! out: 300	201	101
--! out: 31300
--! out: 1095
--! out: 3367
--! out: 3150	300
--! out: 559
--! out: 62	63
--! jit: min-native-loops 1
