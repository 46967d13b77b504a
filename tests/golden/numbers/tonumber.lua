-- tonumber: decimal, hexadecimal, bases, blanks and what it refuses.
print(tonumber("10"), tonumber("  10  "), tonumber("-10"), tonumber("+5"), tonumber("- 1"))
print(tonumber("1e1"), tonumber("1E+2"), tonumber(".5"), tonumber("5."), tonumber("0x10"), tonumber("0xA"))
print(tonumber(""), tonumber(" "), tonumber("x"), tonumber("1x"), tonumber("1 2"), tonumber("e1"), tonumber("."))
print(tonumber("0x"), tonumber("1e"), tonumber("1e+"), tonumber("--1"), tonumber("1,5"))
print(tonumber("\t\n 7 \n"), tonumber("7\0"), tonumber("\0007"))
print(tonumber(12), tonumber(1.5), tonumber(nil), tonumber(true), tonumber({}), tonumber(print))
print(tonumber("10", 2), tonumber("777", 8), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("Zz", 36))
print(tonumber("12", 2), tonumber("8", 8), tonumber("g", 16), tonumber("", 16), tonumber("  11  ", 2))
print(tonumber("1.5", 10), tonumber("10", 10), tonumber(10, 16), tonumber("7fffffff", 16))
print(pcall(tonumber), pcall(tonumber, "10", 1))
print(pcall(tonumber, "10", 37))
print(pcall(tonumber, {}, 10))
print(tonumber("1e308"), tonumber("1e309") == math.huge, tonumber("-1e309") == -math.huge)
print(tonumber("0.1") == 0.1, tonumber("123456789.123") == 123456789.123)
print(tonumber(tostring(2 ^ 53)), tonumber("9007199254740993") == 2 ^ 53)
--! out: 10	10	-10	5	nil
--! out: 10	100	0.5	5	16	10
--! out: nil	nil	nil	nil	nil	nil	nil
--! out: nil	nil	nil	nil	nil
--! out: 7	7	nil
--! out: 12	1.5	nil	nil	nil	nil
--! out: 2	511	255	255	1295	1295
--! out: nil	nil	nil	nil	3
--! out: 1.5	10	16	2147483647
--! out: false	false	bad argument #2 to '?' (base out of range)
--! out: false	bad argument #2 to '?' (base out of range)
--! out: true	nil
--! out: 1e+308	true	true
--! out: true	true
--! out: 9.007199254741e+15	true
