#!/usr/bin/env lua -- a first line that starts with # is skipped
-- Comments of every form vanish; what looks like the end of one but is not stays inside it.
--
--[ not a long comment, so only this line
print("a") --[[ inline ]] print("b")
--[[ spanning
lines ]] print("c")
--[==[ a ]] and a ]=] inside
]==] print("d")
---[[ three dashes make a line comment
print("e")
--]]
print(1 --[[ in the middle ]] + --[==[ of an expression ]==] 2)
local s = "--[[ no comment in a string ]]"
print(s)
--[[]] print("f")
--[[[ ]] print("g")
--[[ ]=] ]] print("h")
print(select("#", --[[nothing]]nil))
--! out: a
--! out: b
--! out: c
--! out: d
--! out: e
--! out: 3
--! out: --[[ no comment in a string ]]
--! out: f
--! out: g
--! out: h
--! out: 1
