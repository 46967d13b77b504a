-- Concatenation of many operands, and the length operator.
print("a" .. "b" .. "c", "a" .. 1 .. "b" .. 2, "" .. "", ("x"):rep(3) .. "y")
local a, b, c = "x", 5, "z"
print(a .. b .. c, b .. b, a .. a .. a .. a .. a, (a .. b) .. c, a .. (b .. c))
local s = ""
for i = 1, 20 do s = s .. i .. "," end
print(s, #s)
print(#"", #"abc", #"a\0b", #{}, #{1, 2, 3}, #{nil}, #{n = 1}, #{1, 2, nil}, #("x"):rep(1000))
local t = {}
for i = 1, 10 do t[#t + 1] = i * i end
print(#t, t[#t])
t[#t] = nil
print(#t)
local long = ("0123456789"):rep(10)
print(#(long .. long), (long .. "x"):sub(-3), long .. "" == long, ("a"):rep(40) .. "b" == ("a"):rep(40) .. "b")
for _, source in ipairs{"'a' .. nil", "nil .. 'a'", "'a' .. {} .. 'b'", "1 .. true", "#nil", "#5", "#print", "#true",
  "'a' .. 'b' .. print", "local x x = x .. 'a'", "local t = {} t.y = t.y .. 'a'", "x = undefinedglobal .. 'x'"} do
  local f = loadstring("return " .. source, "=c") or loadstring(source, "=c")
  local ok, message = pcall(f)
  print(source, (tostring(message):gsub("0x%x+", "ADDR")))
end
--! out: abc	a1b2		xxxy
--! out: x5z	55	xxxxx	x5z	x5z
--! out: 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,	51
--! out: 0	3	3	0	3	0	0	2	1000
--! out: 10	100
--! out: 9
--! out: 200	89x	true	true
--! out: 'a' .. nil	c:1: attempt to concatenate a nil value
--! out: nil .. 'a'	c:1: attempt to concatenate a nil value
--! out: 'a' .. {} .. 'b'	c:1: attempt to concatenate a table value
--! out: 1 .. true	c:1: attempt to concatenate a boolean value
--! out: #nil	c:1: attempt to get length of a nil value
--! out: #5	c:1: attempt to get length of a number value
--! out: #print	c:1: attempt to get length of global 'print' (a function value)
--! out: #true	c:1: attempt to get length of a boolean value
--! out: 'a' .. 'b' .. print	c:1: attempt to concatenate global 'print' (a function value)
--! out: local x x = x .. 'a'	c:1: attempt to concatenate local 'x' (a nil value)
--! out: local t = {} t.y = t.y .. 'a'	c:1: attempt to concatenate field 'y' (a nil value)
--! out: x = undefinedglobal .. 'x'	c:1: attempt to concatenate global 'undefinedglobal' (a nil value)
