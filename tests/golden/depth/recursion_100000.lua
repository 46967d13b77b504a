-- A hundred thousand nested calls that are no tail calls, of several kinds.
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
print(sum(100000))
local function va(n, ...) if n == 0 then return select("#", ...) end local r = va(n - 1, ...) return r end
print(va(100000, 1, 2, 3))
local obj = {}
function obj:down(n) if n == 0 then return 0 end return 1 + self:down(n - 1) end
print(obj:down(100000))
local mt = {}
mt.__index = function(t, k) if k == 0 then return "bottom" end return t[k - 1] .. "" end
print(setmetatable({}, mt)[20000])
local function nested(n) if n == 0 then return "in" end local ok, v = pcall(nested, n - 1) return v end
print(nested(20000))
local co = coroutine.wrap(function() return sum(100000) end)
print(co())
local function list(n) local l for i = 1, n do l = {next = l} end return l end
local function length(l) if not l then return 0 end return 1 + length(l.next) end
print(length(list(100000)))
--! ours: PUC Lua limits calls to 20,000 and C calls to 200
--! out: 5000050000
--! out: 3
--! out: 100000
--! out: bottom
--! out: in
--! out: 5000050000
--! out: 100000
--! not-modes: gc-stress jit-gc-stress
