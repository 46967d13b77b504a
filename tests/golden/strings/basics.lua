-- sub, byte, char, rep, reverse, upper, lower, len, and strings as objects.
local s = "hello"
print(s:sub(2), s:sub(2, 3), s:sub(-3), s:sub(-3, -2), s:sub(0), s:sub(10), s:sub(3, 2), s:sub(-100, 100), s:sub(2, -2), s:sub(5, 5))
print(s:sub(1, 0) == "", s:sub(2.9, 3.9), s:sub("2", "3"), s:sub(math.huge), s:sub(-math.huge, 2))
print(s:byte(), s:byte(2), s:byte(-1), s:byte(1, -1))
print(s:byte(10), select("#", s:byte(10)), select("#", s:byte(3, 2)), ("\0\255"):byte(1, 2))
print(string.char(), string.char(72, 105), #string.char(0, 0, 0), string.char(65.9))
print(("ab"):rep(3), ("ab"):rep(0), ("ab"):rep(-1), (""):rep(1000), ("x"):rep(1), ("ab"):rep(2.9))
print(s:reverse(), (""):reverse(), ("a\0b"):reverse():byte(1, -1))
print(s:upper(), ("MiXeD 123"):lower(), ("MiXeD 123"):upper(), ("é"):upper() == "é")
print(s:len(), #s, (""):len(), ("a\0b"):len(), string.len(12345))
print(("%s"):format(s), ("x"):rep(3):upper():lower():len(), s.len == string.len, s.nope)
local t = {}
for i = 1, #s do t[i] = s:sub(i, i) end
print(table.concat(t, "-"))
local r = ""
for i = #s, 1, -1 do r = r .. s:sub(i, i) end
print(r, r == s:reverse(), r:reverse() == s)
print(s == "hel" .. "lo", s ~= "Hello", s < "help", s .. s == "hellohello", ("a"):rep(41) == ("a"):rep(20) .. ("a"):rep(21))
print(tostring(nil), tostring(true), tostring(12), tostring("x"), tostring(-0.5), tostring(1e100))
print(#tostring({}) > 7, tostring(print):match("^builtin") or tostring(print):match("^function"))
print(("x"):byte(1, 0), (("abc"):byte(1, 3)))
local big = ("0123456789"):rep(100)
print(#big, big:sub(995), big:sub(500, 505), big:byte(1000), #big:sub(2, -2))
local counts = {}
for c in ("mississippi"):gmatch(".") do counts[c] = (counts[c] or 0) + 1 end
print(counts.m, counts.i, counts.s, counts.p, counts.x)
local function caesar(s, k) return (s:gsub("%l", function(c) return string.char((c:byte() - 97 + k) % 26 + 97) end)) end
print(caesar("hello, world", 3), caesar(caesar("hello", 3), -3))
local function split(s, sep) local r = {} for p in (s .. sep):gmatch("(.-)" .. sep:gsub("%p", "%%%0")) do r[#r + 1] = p end return r end
print(#split("a.b..c", "."), table.concat(split("a.b..c", "."), "|"))
print(("a,b;c"):find(","), ("test"):rep(2))
--! out: ello	el	llo	ll	hello			hello	ell	o
--! out: true	el	el	hello	he
--! out: 104	101	111	104	101	108	108	111
--! out: nil	0	0	0	255
--! out: 	Hi	3	A
--! out: ababab				x	abab
--! out: olleh		98	0	97
--! out: HELLO	mixed 123	MIXED 123	true
--! out: 5	5	0	3	5
--! out: hello	3	true	nil
--! out: h-e-l-l-o
--! out: olleh	true	true
--! out: true	true	true	true	true
--! out: nil	true	12	x	-0.5	1e+100
--! out: true	function
--! out: nil	97
--! out: 1000	456789	901234	57	998
--! out: 1	4	4	2	nil
--! out: khoor, zruog	hello
--! out: 4	a|b||c
--! out: 2	testtest
