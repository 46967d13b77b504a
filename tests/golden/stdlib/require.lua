-- require, module, package.loaded, preload, loaders, path.
package.path, package.cpath = "./modules/?.lua;./?/none.lua", "./?.none"
local plain = require "plain"
print(plain.name, plain.double(21), require "plain" == plain, loads, package.loaded.plain == plain)
package.loaded.plain = nil
print(require("plain") ~= plain, loads)
print(require "nothing", require "nothing", nothing_loaded)
require "old_style"
print(old_style.counter, old_style.bump(), old_style.bump(), old_style.where())
print(counter, old_style.tostring == tostring)
print(pcall(require, "broken"))
print(package.loaded.broken ~= nil, pcall(require, "broken"))
print(select(2, pcall(require, "no.such.module")))
package.preload.virtual = function(name) return "made for " .. name end
print(require "virtual", package.loaded.virtual)
package.preload.bool = function() return false end
print(require "bool", package.loaded.bool)
table.insert(package.loaders, 2, function(name) if name == "custom" then return function(...) return {...} end end return "\n\tnot custom" end)
print(require("custom")[1])
print(require "string" == string, require "_G" == _G)
module("made.here", package.seeall)
value = 5
print(_NAME, _PACKAGE, made.here.value, _G.value)
local ok, m = pcall(module, "string.len")
print(ok, m)
--! out: plain	42	true	1	true
--! out: true	2
--! out: true	true	1
--! out: 10	11	12	old_style		true
--! out: nil	true
--! out: false	broken module
--! out: true	false	loop or previous error loading module 'broken'
--! out: module 'no.such.module' not found:
--! out: 	no field package.preload['no.such.module']
--! out: 	no file './modules/no/such/module.lua'
--! out: 	no file './no/such/module/none.lua'
--! out: 	no file './no/such/module.none'
--! out: 	no file './no.none'
--! out: made for virtual	made for virtual
--! out: false	false
--! out: custom
--! out: true	true
--! out: made.here	made.	5	nil
--! out: false	name conflict for module 'string.len'
