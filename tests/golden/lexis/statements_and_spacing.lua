-- Blanks, newlines and semicolons between tokens do not matter, except for the ambiguous call.
local a=1;local b=2 local c=3
print(a+b*c)print(a..b)
do local x=10;print(x);end
if a==1 then print"one"end
for i=1,2 do print(i)end
while(a<2)do a=a+1 end print(a)
local f=function()return 1,2 end
print((f()))print(f())
local t={1,2;3,[10]=4;x=5,}
print(#t,t[10],t.x)
local g = f;
(print)("after a semicolon")
print(loadstring("f\n(1)"))
print(loadstring("local x = f\n(g or h)()"))
print(loadstring(";"))
print(loadstring("x = 1;;"))
print(type(loadstring("return 1;")))
print(type(loadstring("return;")))
print(loadstring("return return"))
print(loadstring("break"))
print(type(loadstring("")))
--! out: 7
--! out: 12
--! out: 10
--! out: one
--! out: 1
--! out: 2
--! out: 2
--! out: 1
--! out: 1	2
--! out: 3	4	5
--! out: after a semicolon
--! out: nil	[string "f..."]:2: ambiguous syntax (function call x new statement) near '('
--! out: nil	[string "local x = f..."]:2: ambiguous syntax (function call x new statement) near '('
--! out: nil	[string ";"]:1: unexpected symbol near ';'
--! out: nil	[string "x = 1;;"]:1: unexpected symbol near ';'
--! out: function
--! out: function
--! out: nil	[string "return return"]:1: unexpected symbol near 'return'
--! out: nil	[string "break"]:1: no loop to break near '<eof>'
--! out: function
