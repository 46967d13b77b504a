-- Modules that cannot be loaded: what is in front of require in a traceback.
package.path, package.cpath = "./modules/?.lua", ""
print(select(2, xpcall(function() require "unfinished" end, debug.traceback)))
print(select(2, xpcall(function() require "broken" end, debug.traceback)))
print((select(2, xpcall(function() require "missing" end, debug.traceback)):gsub("\n\tno [^\n]*", "")))
local function loader() return debug.traceback("loader") end
package.loaders = { loader, function() return function() print(debug.traceback("module")) end end }
require "anything"
--! out: error loading module 'unfinished' from file './modules/unfinished.lua':
--! out: 	./modules/unfinished.lua:2: unexpected symbol near '<eof>'
--! out: stack traceback:
--! out: 	[C]: ?
--! out: 	[C]: in function 'require'
--! out: 	require_tracebacks.lua:3: in function <require_tracebacks.lua:3>
--! out: 	[C]: in function 'xpcall'
--! out: 	require_tracebacks.lua:3: in main chunk
--! out: 	[C]: ?
--! out: broken module
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	./modules/broken.lua:1: in main chunk
--! out: 	[C]: in function 'require'
--! out: 	require_tracebacks.lua:4: in function <require_tracebacks.lua:4>
--! out: 	[C]: in function 'xpcall'
--! out: 	require_tracebacks.lua:4: in main chunk
--! out: 	[C]: ?
--! out: require_tracebacks.lua:5: module 'missing' not found:
--! out: stack traceback:
--! out: 	[C]: in function 'require'
--! out: 	require_tracebacks.lua:5: in function <require_tracebacks.lua:5>
--! out: 	[C]: in function 'xpcall'
--! out: 	require_tracebacks.lua:5: in main chunk
--! out: 	[C]: ?
--! out: module
--! out: stack traceback:
--! out: 	require_tracebacks.lua:7: in function <require_tracebacks.lua:7>
--! out: 	[C]: in function 'require'
--! out: 	require_tracebacks.lua:8: in main chunk
--! out: 	[C]: ?
