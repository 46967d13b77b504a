-- Proper tail calls: a million deep, mutual, through methods, varargs and pcall; results pass through.
local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + 1) end
print(loop(100000, 0))
local even, odd
function even(n) if n == 0 then return "even" end return odd(n - 1) end
function odd(n) if n == 0 then return "odd" end return even(n - 1) end
print(even(100001))
local obj = {n = 0}
function obj:step(k) if k == 0 then return self.n end self.n = self.n + 1 return self:step(k - 1) end
print(obj:step(50000))
local function va(n, ...) if n == 0 then return ... end return va(n - 1, ...) end
print(va(20000, 1, nil, 3))
local function three() return 1, 2, 3 end
local function pass() return three() end
local function pass_all(...) return select("#", ...) , three() end
print(pass(), (pass()), pass_all(nil, nil))
local states = {}
function states.a(n, log) if n == 0 then return log end return states.b(n - 1, log .. "a") end
function states.b(n, log) if n == 0 then return log end return states.c(n - 1, log .. "b") end
function states.c(n, log) if n == 0 then return log end return states.a(n - 1, log .. "c") end
print(states.a(10, ""))
print(pcall(function(n) return loop(n, 5) end, 1000))
local function native(t) return unpack(t) end
print(native{1, 2, 3})
local function cps(n, k) if n == 0 then return k(0) end return cps(n - 1, function(v) return k(v + n) end) end
print(cps(1000, function(v) return v end))
local function grow(n, ...) if n == 0 then return select("#", ...) end return grow(n - 1, n, ...) end
print(grow(100))
local function shrink(...) if select("#", ...) == 1 then return ... end return shrink(select(2, ...)) end
print(shrink(unpack({1, 2, 3, 4, 5, 6, 7})))
local callable = setmetatable({}, {__call = function(self, n) if n == 0 then return "called" end return self(n - 1) end})
print(callable(100))
--! out: 100000
--! out: odd
--! out: 50000
--! out: 1	nil	3
--! out: 1	1	2	1	2	3
--! out: abcabcabca
--! out: true	1005
--! out: 1	2	3
--! out: 500500
--! out: 100
--! out: 7
--! out: called
