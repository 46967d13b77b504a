-- jit.util shows what a function is made of.
--! ours: LuaJIT's extension
local util = require "jit.util"
print(util == jit.util, util == package.loaded["jit.util"])
local function outer(a, b, ...)
  local name, n = "text", 1.5
  return function()
    return a, name, n, print
  end
end
local info = util.funcinfo(outer)
print(info.linedefined, info.lastlinedefined, info.params, info.upvalues, info.isvararg, info.children)
print(info.source, info.loc, info.nconsts, info.gcconsts, info.bytecodes > 0, info.stackslots >= 5)
local inner = outer()
info = util.funcinfo(inner, 3)
print(info.currentline, info.upvalues, info.isvararg, info.children, info.loc)
print(util.funcinfo(inner, -1).currentline, util.funcinfo(inner, 1e300).currentline)
print(util.funcuvname(inner, 0), util.funcuvname(inner, 2), util.funcuvname(inner, 3), util.funcuvname(inner, -1))
print(util.funck(outer, 0), util.funck(outer, 1), util.funck(outer, -1), util.funck(outer, -1e300))
info = util.funcinfo(print)
print(info.linedefined, info.upvalues, type(info.addr), util.funck(print, 0), util.funcuvname(print, 0))
print(pcall(util.funcinfo, 1))
print(pcall(util.funck, print))
--! out: true	true
--! out: 5	10	2	0	true	true
--! out: @util.lua	util.lua:5	1	1	true	true
--! out: 8	3	nil	nil	util.lua:8
--! out: nil	nil
--! out: a	n	nil	nil
--! out: 1.5	nil	text	nil
--! out: nil	0	number	nil	nil
--! out: false	bad argument #1 to '?' (function expected, got number)
--! out: false	bad argument #2 to '?' (number expected, got no value)
