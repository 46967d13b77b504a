-- string.match and gmatch: captures, position captures, anchors, empty matches, iteration.
print(("hello 123 world"):match("%d+"), ("hello"):match("(h)(.)"), ("hello"):match("xyz"), ("hello"):match(".-"))
print(("2024-01-15"):match("(%d+)-(%d+)-(%d+)"))
print(("  trim me  "):match("^%s*(.-)%s*$") .. "|", ("key=val"):match("^(%w+)=(%w*)$"))
print(("abc"):match("()"), ("abc"):match("b()"), ("abc"):match("(a)(b)(c)()"), ("abc"):match("((a)(b))"))
print(("hello"):match("l+", 4), ("hello"):match("^l", 3), ("hello"):match("h", -5), ("hello"):match("", 10), ("hello"):match(".", 6))
print(("/opt/local/lib.so"):match("([^/]+)%.(%w+)$"), ("no ext"):match("%.(%w+)$"))
print(("0xFF"):match("^0[xX](%x+)$"), ("3.14e-5"):match("^[+-]?%d+%.?%d*[eE]?[+-]?%d*$"))
print(("a,b,,c"):match("^(.-),(.-),(.-),(.-)$"))
print(("f(a(b)c)d"):match("%b()"), ("[x]"):match("%[(.)%]"), ("%d"):match("%%d"))
for w in ("one two  three"):gmatch("%a+") do io.write("[", w, "]") end print()
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do io.write(k, ":", v, ";") end print()
for p in ("abc"):gmatch("()") do io.write(p, " ") end print()
for m in ("aXbXc"):gmatch("[^X]*") do io.write("<", m, ">") end print()
for c in ("hi"):gmatch(".") do io.write(c, ".") end print()
for m in (""):gmatch("x*") do io.write("empty once") end print()
for a, b in ("abcd"):gmatch("(.)(.)") do io.write(a, b, "|") end print()
for w in ("^a^b"):gmatch("^%a") do io.write(w, " ") end print()
local n = 0
for _ in ("x"):rep(100):gmatch("x") do n = n + 1 end
print(n)
local it = ("a b c"):gmatch("%a")
print(it(), it(), it(), it())
local out = {}
for line in ("l1\nl2\n\nl4"):gmatch("([^\n]*)\n?") do out[#out + 1] = "<" .. line .. ">" end
print(table.concat(out))
print(("x = 10 -- note"):match("^(.-)%s*%-%-%s*(.*)$"))
print(("%5"):match("%%(%d)"), ("a.b-c"):match("[%w.-]+"), ("^x"):match("[x^]+"), ("]"):match("[]]"), ("a-z"):match("[a-]+"))
print(("\0\1\2"):match("%z") == "\0", #("a\0b\0c"):match(".*"), ("a\0b"):match("b"))
print(("ÄÖ"):match("[\128-\255]+") == "ÄÖ", ("caf\195\169"):len())
print(pcall(string.match, "x", "(x"), pcall(string.match, "x", "%2"))
for _, class in ipairs{"a", "c", "d", "l", "p", "s", "u", "w", "x", "A", "C", "D", "L", "P", "S", "U", "W", "X"} do
  local count = 0
  for b = 0, 127 do if string.char(b):match("%" .. class) then count = count + 1 end end
  io.write(class, "=", count, " ")
end
print()
--! out: 123	h	nil	
--! out: 2024	01	15
--! out: trim me|	key	val
--! out: 1	3	a	ab	a	b
--! out: l	l	h		nil
--! out: lib	nil
--! out: FF	3.14e-5
--! out: a	b		c
--! out: (a(b)c)	x	%d
--! out: [one][two][three]
--! out: a:1;b:2;c:3;
--! out: 1 2 3 4 
--! out: <a><><b><><c><>
--! out: h.i.
--! out: empty once
--! out: ab|cd|
--! out: ^a ^b 
--! out: 100
--! out: a	b	c
--! out: <l1><l2><><l4><>
--! out: x = 10	note
--! out: 5	a.b-c	^x	]	a-
--! out: true	5	b
--! out: true	5
--! out: false	false	invalid capture index
--! out: a=52 c=33 d=10 l=26 p=32 s=6 u=26 w=62 x=22 A=76 C=95 D=118 L=102 P=96 S=122 U=102 W=66 X=106 
