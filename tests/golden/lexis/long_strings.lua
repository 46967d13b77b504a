-- Long brackets: the first newline is dropped, nothing is an escape, levels must match.
print([[plain]])
print([[
first newline dropped]])
print([[

only the first]])
print(#[[
]], #[[

]])
print([==[ a ]] b ]=] c ]==])
print([[no \n escape \065]])
print([=[[[nested look]]]=])
print([[a[b]c]], [=[x]]y]=])
print(#[[a
b]])
local t = {[ [[key]] ] = [[value]]}
print(t.key)
print(loadstring("return [[a\r\nb]]")() == "a\nb")
print(loadstring("return [[a\n\rb]]")() == "a\nb")
print(loadstring("return [[a\rb]]")() == "a\nb")
print(loadstring("return [[\r\nb]]")() == "b")
print(loadstring("return [[never ends"))
print(loadstring("return [==[never ends]=]"))
print(loadstring("--[[never ends"))
print(loadstring("x = [=a"))
--! out: plain
--! out: first newline dropped
--! out:
--! out: only the first
--! out: 0	1
--! out:  a ]] b ]=] c 
--! out: no \n escape \065
--! out: [[nested look]]
--! out: a[b]c	x]]y
--! out: 3
--! out: value
--! out: true
--! out: true
--! out: true
--! out: true
--! out: nil	[string "return [[never ends"]:1: unfinished long string near '<eof>'
--! out: nil	[string "return [==[never ends]=]"]:1: unfinished long string near '<eof>'
--! out: nil	[string "--[[never ends"]:1: unfinished long comment near '<eof>'
--! out: nil	[string "x = [=a"]:1: invalid long string delimiter near '[='
