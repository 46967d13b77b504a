-- Uses `module`; loaded by require.lua.
local print = print
module(..., package.seeall)
counter = 10
function bump() counter = counter + 1 return counter end
function where() return _NAME, _PACKAGE, _M == package.loaded[_NAME] end
