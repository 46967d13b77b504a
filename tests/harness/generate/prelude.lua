local function show(v)
  if v ~= v then return "NaN!" end
  if v == 1 / 0 then return "Inf!" elseif v == -1 / 0 then return "-Inf!" end
  local t = type(v)
  if t == "number" then return string.format("%.17g", v) end
  if t == "string" then return string.format("%q", v:sub(1, 60)) end
  if t == "table" or t == "function" then return t end
  return tostring(v)
end
-- Made at run time, for PUC's constant tables do not tell minus zero from zero.
local NZ, NAN = -tonumber("0"), 0 / 0

local M = {}
M.__index = function(t, k) if k == "z" then return t.x + t.y end return M[k] end
M.__add = function(a, b) return (type(a) == "table" and a.x or a) + (type(b) == "table" and b.x or b) end
M.__sub = function(a, b) return (type(a) == "table" and a.y or a) - (type(b) == "table" and b.y or b) end
M.__unm = function(a) return -a.x end
M.__eq = function(a, b) return a.x == b.x end
M.__lt = function(a, b) return a.x < b.x end
M.__le = function(a, b) return a.x <= b.x end
M.__concat = function(a, b) return "<obj>" end
M.__call = function(self, v) self.n = self.n + 1 return self.x + v end
function M:get() return self.x end
function M:move(dx, dy) self.x, self.y = self.x + dx, self.y + (dy or 1) return self end
function M:same() return self end

-- A class below M by way of a chain of tables, and objects that keep their fields elsewhere.
local Base = setmetatable({bonus = 0}, {__index = M})
local Derived = setmetatable({}, {__index = Base})
local Proxy = {}
for _, class in ipairs{Derived, Proxy} do
  for event, f in pairs(M) do
    if event:sub(1, 2) == "__" and event ~= "__index" then class[event] = f end
  end
end
Derived.__index = function(t, k) if k == "z" then return t.x - t.y end return Derived[k] end
function Derived:get() return M.get(self) + self.bonus end
local hidden = setmetatable({}, {__mode = "k"})
Proxy.__index = function(t, k) if k == "z" then return 1 end local v = hidden[t][k] if v == nil then return M[k] end return v end
Proxy.__newindex = function(t, k, v) hidden[t][k] = v end
local function new(x, y, s) return setmetatable({x = x, y = y, n = 0, s = s or "o"}, M) end
local function swapped(x, y, s) local o = {s = s or "p"} o.n = 0 o.y = y o.x = x return setmetatable(o, M) end
local function derived(x, y, s) return setmetatable({n = 0, x = x, s = s or "d", y = y}, Derived) end
local function proxied(x, y, s) local o = {} hidden[o] = {x = x, y = y, n = 0, s = s or "q"} return setmetatable(o, Proxy) end

local function count(...) return select("#", ...) + (tonumber((...)) or 0) end
local function pass(...) return ... end
local function total(...)
  local sum = 0
  for at = 1, select("#", ...) do sum = sum + (tonumber((select(at, ...))) or 1) end
  return sum, ...
end
local function last(...) local all = {...} return all[select("#", ...)] end
local function depth(n, of) if n <= 0 then return of end return 1 + depth(n - 1, of) end
local function descend(n, sum) if n <= 0 then return sum end return descend(n - 1, sum + n) end
local function risky(n, limit) if n % limit == 0 then error("risk " .. n % 10, 0) end return n end
local function each(t) local at = 0 return function() at = at + 1 return t[at], at end end
local D, P = {}, setmetatable({}, {__index = function(t, k) return 7 end})
G1, G2, G3 = 1, 2.5, "5"
