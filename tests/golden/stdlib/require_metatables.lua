-- `require` asks the metatables of package.loaded and package.preload; the calls may yield.
setmetatable(package.loaded, { __index = function(_, name) return name == "ghost" and "shown" or nil end })
print(require("ghost"), rawget(package.loaded, "ghost"))
setmetatable(package.preload, { __index = function(_, name)
  coroutine.yield("asked for " .. name)
  return function(...) return "made by " .. ... end
end })
local load = coroutine.wrap(function() return require("anything") end)
print(load())
print(load())
print(package.loaded.anything)
setmetatable(package.preload, { __index = { there = function() return 7 end } })
print(require("there"))
setmetatable(package.preload, { __index = function() error("no preload", 0) end })
print(pcall(require, "other"))
package.preload = 5
print(pcall(require, "other"))
--! out: shown	nil
--! out: asked for anything
--! out: made by anything
--! out: made by anything
--! out: 7
--! out: false	no preload
--! out: false	'package.preload' must be a table
--! ours: PUC Lua cannot yield there
