-- Returns a table; loaded by require.lua.
local name = ...
loads = (loads or 0) + 1
return {name = name, double = function(x) return x * 2 end}
