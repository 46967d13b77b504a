-- Method calls in hot loops: own, inherited, three levels, returning self, with varargs.
local A = {} A.__index = A
function A.new(v) return setmetatable({v = v, calls = 0}, A) end
function A:get() return self.v end
function A:set(v) self.v = v return self end
function A:add(n) self.calls = self.calls + 1 self.v = self.v + n return self end
local B = setmetatable({}, {__index = A}) B.__index = B
function B.new(v) local o = A.new(v) return setmetatable(o, B) end
function B:add(n) return A.add(self, n * 2) end
local C = setmetatable({}, {__index = B}) C.__index = C
function C:get() return -B.get(self) end
local a, b, c = A.new(1), B.new(1), setmetatable({v = 1, calls = 0}, C)
for i = 1, 200 do a:add(i):add(1) b:add(i) c:add(i) end
print(a:get(), b:get(), c:get(), a.calls, b.calls, c.calls)
local s = 0
for i = 1, 300 do local o = i % 3 == 0 and a or i % 3 == 1 and b or c s = s + o:get() % 1000 end
print(s)
local V = {} V.__index = V
local function vec(x, y) return setmetatable({x = x, y = y}, V) end
V.__add = function(p, q) return vec(p.x + q.x, p.y + q.y) end
V.__mul = function(p, k) return vec(p.x * k, p.y * k) end
V.__eq = function(p, q) return p.x == q.x and p.y == q.y end
V.__lt = function(p, q) return p.x < q.x end
V.__len = function() error("tables have no __len") end
function V:dot(o) return self.x * o.x + self.y * o.y end
local acc = vec(0, 0)
for i = 1, 200 do acc = acc + vec(i, -i) * 0.5 end
print(acc.x, acc.y, acc:dot(vec(1, 2)))
local eq, lt = 0, 0
for i = 1, 100 do if vec(i % 5, 0) == vec(2, 0) then eq = eq + 1 end if vec(i % 7, 0) < vec(3, 0) then lt = lt + 1 end end
print(eq, lt)
local str = 0
for i = 1, 100 do str = str + ("abc"):len() + #("x"):rep(i % 4) + ("%d"):format(i):byte() end
print(str)
--! out: 20301	40201	-40201	400	200	200
--! out: 130100
--! out: 10050	-10050	-10050
--! out: 20	44
--! out: 5746
--! jit: min-native-loops 1
