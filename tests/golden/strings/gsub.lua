-- string.gsub: replacement strings, tables, functions, limits, anchors, empty matches.
print(("hello world"):gsub("o", "0"), ("hello"):gsub("l", "L", 1), ("hello"):gsub("x", "y"), ("abc"):gsub("", "-"))
print(("hello world"):gsub("(%w+)", "<%1>"), ("hello"):gsub("(h)(e)", "%2%1"), ("abc"):gsub("%w", "%0%0"), ("a%b"):gsub("%%", "%%%%"))
print(("$name is $age"):gsub("%$(%w+)", {name = "Bob", age = 42}), ("$x $y"):gsub("%$(%w)", {x = false}))
print(("abc"):gsub("%w", function(c) return c:upper() .. "." end), ("abc"):gsub("b", function() return nil end), ("abc"):gsub("b", function() return false end))
print(("4+5"):gsub("(%d)%+(%d)", function(a, b) return a + b end), ("abc"):gsub("(a)(b)", function(...) return select("#", ...) end))
print(("abc abc"):gsub("^abc", "x"), ("abc"):gsub("c$", "x"), ("aaa"):gsub("a", "b", 0), ("aaa"):gsub("a", "b", 2), ("aaa"):gsub("a", "b", -1))
print(("hello"):gsub("", "."), ("abc"):gsub(".-", "x"), ("abc"):gsub("b*", "-"), (""):gsub("", "x"), (""):gsub("x*", "y"))
print(("abc"):gsub("()", "%1"), ("x y"):gsub("%s", "%%"), ("path/to"):gsub("/", "\\"))
print(("  a  b  "):gsub("^%s+", ""), ("  a  b  "):gsub("%s+$", ""), ("a  b   c"):gsub("%s+", " "))
print(("%d"):gsub("%%d", "%%s"), ("THE (quick) fox"):gsub("%f[%a]%a+", string.lower), ("nested (a (b) c)"):gsub("%b()", ""))
print(("abc"):gsub("%w", "%%1"), ("one two"):gsub("(%w+) (%w+)", "%2 %1"), ("x"):gsub("x", "%0%0%0"))
print(("a b c"):gsub("%w", {a = 1, b = true == nil, c = "z"}))
print(("abc"):gsub("(b)", {b = 12.5}), ("n"):gsub("n", setmetatable({}, {__index = function(_, k) return k .. k end})))
print(pcall(string.gsub, "abc", "b", function() return {} end))
print(pcall(string.gsub, "abc", "b", {b = true}))
print(pcall(string.gsub, "abc", "(b)", "%2"))
print(("abc"):gsub("b", "%x"))
print((("x"):rep(1000):gsub("x", "yy")):len(), select(2, ("x"):rep(1000):gsub("x", "")))
local function escape(s) return (s:gsub("[%c\"\\]", function(c) return ("\\%03d"):format(c:byte()) end)) end
print(escape("a\nb\"c\\d\0"))
local function url(s) return (s:gsub("%%(%x%x)", function(h) return string.char(tonumber(h, 16)) end):gsub("+", " ")) end
print(url("a%20b+c%2Fd"))
print((("hello world from lua"):gsub("(%w)(%w*)", function(a, b) return a:upper() .. b end)))
print(("abc"):gsub("%w", "%1"), ("äö"):gsub("[\128-\255]", "?"), ("a\0b"):gsub("%z", "0"))
local order = {}
("1234"):gsub("%d", function(d) order[#order + 1] = d end)
print(table.concat(order, "-"))
print(("x^2"):gsub("%^", "**"), ("a.b.c"):gsub("%.", "/", 1), ("tel: 555-1234"):gsub("%D", ""))
print(("abc"):gsub("()", {"1", 2, [4] = "end"}), ("abcabc"):gsub("[ab]", {a = "", b = "%1"}, 3))
local long = ("k"):rep(50)
print((long .. "-" .. long):gsub("k+", {[long] = "long"}), (("xyz"):rep(400):gsub("y", {y = ("Y"):rep(30)})):len())
print(("abc"):gsub("^%w", {a = 1, b = 2}), ("abc"):gsub("%w", {}), pcall(string.gsub, "abc", "(b)", {b = {}}))
--! out: hell0 w0rld	heLlo	hello	-a-b-c-	4
--! out: <hello> <world>	ehllo	aabbcc	a%%b	1
--! out: Bob is 42	$x $y	2
--! out: A.B.C.	abc	abc	1
--! out: 9	2c	1
--! out: x abc	abx	aaa	bba	aaa	0
--! out: .h.e.l.l.o.	xaxbxcx	-a--c-	x	y	1
--! out: 1a2b3c4	x%y	path\to	1
--! out: a  b  	  a  b	a b c	2
--! out: %s	the (quick) fox	nested 	1
--! out: %1%1%1	two one	xxx	1
--! out: 1 b z	3
--! out: a12.5c	nn	1
--! out: false	invalid replacement value (a table)
--! out: false	invalid replacement value (a boolean)
--! out: false	invalid capture index
--! out: axc	1
--! out: 2000	1000
--! out: a\010b\034c\092d\000
--! out: a b c/d
--! out: Hello World From Lua
--! out: abc	????	a0b	1
--! out: 1-2-3-4
--! out: x**2	a/b.c	5551234	6
--! out: 1a2bcend	%1cbc	3
--! out: long-long	12800
--! out: 1bc	abc	false	invalid replacement value (a table)
