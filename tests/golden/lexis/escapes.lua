-- Escape sequences of quoted strings, shown as bytes.
local function bytes(s)
  local t = {}
  for i = 1, #s do t[i] = string.byte(s, i) end
  return table.concat(t, " ")
end
print(bytes("\a\b\f\n\r\t\v\\\"\'"))
print(bytes('\a\b\f\n\r\t\v\\\"\''))
print(bytes("\0\00\000\1\12\123\255"))
print(bytes("\0651\65a\0659"))
print(#"a\0b", "a\0b" == "a\0c", "a\0b" < "a\0c")
print("it's", 'say "hi"')
print("one\
two")
print(bytes("x\
y"))
-- an unknown escape stands for its character
print("\q\w\e\-\/")
print(#"\\n", #'\\\\')
local e1, m1 = loadstring("return '\\300'")
print(e1, m1)
local e2, m2 = loadstring("return 'abc")
print(e2, m2)
local e3, m3 = loadstring("return 'abc\ndef'")
print(e3, m3)
local e4, m4 = loadstring([[return "\999"]])
print(e4, m4)
local e5, m5 = loadstring([[return "ends in backslash \]])
print(e5, m5)
--! out: 7 8 12 10 13 9 11 92 34 39
--! out: 7 8 12 10 13 9 11 92 34 39
--! out: 0 0 0 1 12 123 255
--! out: 65 49 65 97 65 57
--! out: 3	false	true
--! out: it's	say "hi"
--! out: one
--! out: two
--! out: 120 10 121
--! out: qwe-/
--! out: 2	2
--! out: nil	[string "return '\300'"]:1: escape sequence too large near '''
--! out: nil	[string "return 'abc"]:1: unfinished string near '<eof>'
--! out: nil	[string "return 'abc..."]:1: unfinished string near ''abc'
--! out: nil	[string "return "\999""]:1: escape sequence too large near '"'
--! out: nil	[string "return "ends in backslash \"]:1: unfinished string near '<eof>'
