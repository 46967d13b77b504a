-- string.format: every conversion with flags, width, precision; %q; %s of other types; embedded zeros.
local f = string.format
print(f("%d %5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42, 42), f("%i", -7), f("%.3d", 5), f("%d", 3.99), f("%d", -3.99), f("%d", "10"))
print(f("%u %u", 42, 2 ^ 31), f("%x %X %#x %#X %08x", 255, 255, 255, 255, 255), f("%o %#o", 8, 8))
print(f("%d %d %d", 2 ^ 31, 2 ^ 40, -2 ^ 53), f("%x", 2 ^ 32), f("%5.1d|", 3))
print(f("%c%c%c", 76, 117, 97), f("%5c|%-5c|", 65, 66))
print(f("%f %.2f %10.3f|%-10.1f|%+.1f|%010.2f", 1.5, 2.345, math.pi, math.pi, 2.5, -3.14159))
print(f("%e %.2e %E %12.3e|", 12345.678, 12345.678, 0.00012, 1e100))
print(f("%g %g %g %g %.3g %#g %G", 1, 0.0001, 1e20, 123456789, 3.14159, 1.5, 1e-10))
print(f("%s %10s|%-10s|%.2s|%5.1s|", "str", "right", "left", "cut", "xyz"), f("%s %s %s", 1, 1.5, "x"))
print(f("%%"), f("100%%"), f("%s%%", 50))
print(f("%q", 'a "quoted" \\ string'), f("%q", "line\nbreak"), f("%q", "tab\tcr\rzero\0end"))
print(f("%5s|%-5s|%5s", "é", "x", ""), f("%.0s", "gone"), f("%.20s", "short"), f("%-20.3s|", "truncate"))
print(f("%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, -0.5), f("%.14g", 0.1), f("%.17g", 0.1), f("%.3f", 1e15))
print(f("%5.2f|%-8.3f|%08.3f|% .2f", 3.14159, 2.71828, -1.5, 1), f("%g %g", 1e15, 1e16), f("%.10g", 2 ^ 53))
print(f("%g %g %f", math.huge, -math.huge, math.huge), f("%d", -0), f("%x", 0), f("%5.3s|", "abcdef"))
print(f("%20s|", ("x"):rep(25)), #f("%99d", 1), #f("%.99f", 1 / 3), #f("%-99s", ""))
print(f("%s", ("long"):rep(100)) == ("long"):rep(100), #f("%s%s", ("a"):rep(1000), ("b"):rep(1000)))
print(f("no conversions"), f(""), f("%s", true == nil and "x" or "y"), f("%s=%d;", "k", 5):rep(2))
print(pcall(f, "%d"), pcall(f, "%d", "x"), pcall(f, "%s"))
print(pcall(f, "%z", 1))
print(pcall(f, "%0000005d", 1))
print(pcall(f, "%d", {}))
print(pcall(f, "%s", {}))
print(pcall(f, "%s", nil), pcall(f, "%s", true))
print(pcall(f, "%s", setmetatable({}, {__tostring = function() return "obj" end})))
--! out: 42    42|42   |00042|+42| 42	-7	005	3	-3	10
--! out: 42 2147483648	ff FF 0xff 0XFF 000000ff	10 010
--! out: 2147483648 1099511627776 -9007199254740992	100000000	    3|
--! out: Lua	    A|B    |
--! out: 1.500000 2.35      3.142|3.1       |+2.5|-000003.14
--! out: 1.234568e+04 1.23e+04 1.200000E-04   1.000e+100|
--! out: 1 0.0001 1e+20 1.23457e+08 3.14 1.50000 1E-10
--! out: str      right|left      |cu|    x|	1 1.5 x
--! out: %	100%	50%
--! out: "a \"quoted\" \\ string"	"line\
--! out: break"	"tab	cr\rzero\000end"
--! out:    é|x    |     		short	tru                 |
--! out: 0 2 2 -0	0.1	0.10000000000000001	1000000000000000.000
--! out:  3.14|2.718   |-001.500| 1.00	1e+15 1e+16	9.007199255e+15
--! out: inf -inf inf	0	0	  abc|
--! out: xxxxxxxxxxxxxxxxxxxxxxxxx|	99	101	99
--! out: true	2000
--! out: no conversions		y	k=5;k=5;
--! out: false	false	false	bad argument #2 to '?' (no value)
--! out: false	invalid option '%z' to 'format'
--! out: false	invalid format (repeated flags)
--! out: false	bad argument #2 to '?' (number expected, got table)
--! out: false	bad argument #2 to '?' (string expected, got table)
--! out: false	false	bad argument #2 to '?' (string expected, got boolean)
--! out: false	bad argument #2 to '?' (string expected, got table)
