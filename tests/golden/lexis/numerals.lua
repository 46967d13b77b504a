-- Every form of a number in source text, and malformed ones.
print(3, 3.0, 3.1416, 314.16e-2, 0.31416E1, 0xff, 0x56)
print(0, 00, 007, 1e1, 1E+2, 1e-2, .5, 5., 0.5e1)
print(0x0, 0xA, 0Xa, 0xABCDEF, 0xabcdef, 0x10)
print(0xffffffff, 0x7fffffff, 0x80000000)
print(1e15, 1e16, 123456789012345, 1234567890123456)
print(9007199254740992, 9007199254740993)
print(1e308 * 10 == math.huge, 1e-320 > 0)
print(0.1 + 0.2 == 0.3, 0.1, 1 / 3)
print(3 .. 4, 3 ..4)
print(- 3, - -3, -(-3))
for _, source in ipairs{"3x", "0x", "0xg", "1e", "1e+", "1..2", "1.2.3", "0x1p", "08a", "1e5.5", "3e4e5"} do
  local f, message = loadstring("return " .. source)
  print(source, f, message)
end
--! out: 3	3	3.1416	3.1416	3.1416	255	86
--! out: 0	0	7	10	100	0.01	0.5	5	5
--! out: 0	10	10	11259375	11259375	16
--! out: 4294967295	2147483647	2147483648
--! out: 1e+15	1e+16	1.2345678901234e+14	1.2345678901235e+15
--! out: 9.007199254741e+15	9.007199254741e+15
--! out: true	true
--! out: false	0.1	0.33333333333333
--! out: 34	34
--! out: -3	3	3
--! out: 3x	nil	[string "return 3x"]:1: malformed number near '3x'
--! out: 0x	nil	[string "return 0x"]:1: malformed number near '0x'
--! out: 0xg	nil	[string "return 0xg"]:1: malformed number near '0xg'
--! out: 1e	nil	[string "return 1e"]:1: malformed number near '1e'
--! out: 1e+	nil	[string "return 1e+"]:1: malformed number near '1e+'
--! out: 1..2	nil	[string "return 1..2"]:1: malformed number near '1..2'
--! out: 1.2.3	nil	[string "return 1.2.3"]:1: malformed number near '1.2.3'
--! out: 0x1p	nil	[string "return 0x1p"]:1: malformed number near '0x1p'
--! out: 08a	nil	[string "return 08a"]:1: malformed number near '08a'
--! out: 1e5.5	nil	[string "return 1e5.5"]:1: '<eof>' expected near '.5'
--! out: 3e4e5	nil	[string "return 3e4e5"]:1: malformed number near '3e4e5'
