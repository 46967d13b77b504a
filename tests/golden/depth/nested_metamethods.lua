-- Calls of metamethods and by library functions may nest as deep as others. PUC Lua allows 200 of them and calls the rest an overflow
-- of the C stack: endless ones are told in its words.
local endless = setmetatable({}, {})
local mt = getmetatable(endless)
mt.__index = function(t, k) return t[k] end
mt.__add = function(a, b) return a + b end
mt.__concat = function(a, b) return a .. b end
mt.__call = function(f, n) return f(n) .. "" end
mt.__lt = function(a, b) return a < b end
print(pcall(function() return endless.x end))
print(pcall(function() return endless + 1 end))
print(pcall(function() return endless .. "x" end))
print(pcall(function() return endless < endless end))

-- Lua functions that call each other overflow the Lua stack.
print(pcall(function() return endless(1) end))
local function deep(n) return 1 + deep(n + 1) end
print(pcall(deep, 1))

-- A few metamethods on the way make no difference.
local few = setmetatable({}, { __index = function(t, n) return n < 150 and t[n + 1] or deep(1) end })
print(pcall(function() return few[1] end))
--! out: false	nested_metamethods.lua:5: C stack overflow
--! out: false	nested_metamethods.lua:6: C stack overflow
--! out: false	nested_metamethods.lua:7: C stack overflow
--! out: false	nested_metamethods.lua:9: C stack overflow
--! out: false	nested_metamethods.lua:8: stack overflow
--! out: false	nested_metamethods.lua:17: stack overflow
--! out: false	nested_metamethods.lua:17: stack overflow
