-- string.find: plain, patterns, init, captures, anchors, corners.
print(("hello world"):find("world"), ("hello world"):find("o"), ("hello world"):find("o", 6), ("hello"):find("xyz"))
print(("hello"):find(""), ("hello"):find("", 3), ("hello"):find("", 6), ("hello"):find("", 10), (""):find(""))
print(("hello"):find("l", -2), ("hello"):find("h", -100), ("hello"):find("l", 4), ("hello"):find("h", 2))
print(("a.b"):find(".", 1, true), ("a.b"):find("%."), ("a+b"):find("+", 1, true), ("a[b"):find("[", 1, true))
print(("a%b"):find("%%"), ("x^y"):find("^", 1, true), ("$"):find("$", 1, true))
print(("key = value"):find("(%w+)%s*=%s*(%w+)"))
print(("abc"):find("()b()"), ("abc"):find("^b"), ("abc"):find("^a"), ("abc"):find("c$"), ("abc"):find("b$"))
print(("abc"):find("^b", 2), ("a^b"):find("a^b"), ("a$b"):find("a$b"), ("a\0b"):find("\0", 1, true))
print(("aXb"):find("%u"), ("  x"):find("%S"), ("tab\there"):find("%c"), ("x1"):find("%d"), ("a,b"):find("%p"))
print(("aaa"):find("a-"), ("aaa"):find("a-$"), ("aaa"):find("a*"), ("aaa"):find("a+"), ("aaa"):find("a?"), ("baaa"):find("a*"))
print(("[[x]]"):find("[[]"), ("a]b"):find("[]]"), ("a-b"):find("[a%-]", 2), ("a^b"):find("[%^]"), ("0-9"):find("[0-9-]+"))
print(("x=(a(b)c)d"):find("%b()"), ("((("):find("%b()"), ("{a{b}}"):find("%b{}"), ("|a|"):find("%b||"))
print(("THE (quick) fox"):find("%((%a+)%)"), ("THE fox"):find("%f[%a]%a+"), ("a fox"):find("%f[%a]fox%f[%A]"))
print(("aa bb"):find("(%a)%1"), ("ab bb"):find("(%a)%1"), ([["it's"]]):find([[(["'])(.-)%1]]))
print((("a"):rep(50) .. "b"):find("a*b"), (("ab"):rep(30)):find("(ab)(ab)$"))
print(("x"):find("x", 1, false), ("x"):find("x", nil, true), ("12"):find(2), ("1.5"):find(1.5))
for _, p in ipairs{"(", ")", "%", "[", "[a", "[]", "[^]", "(()", "%1", "(%1)", "%b", "%ba", "%f", "a)", "[a-", "[%"} do
  print(p, select(2, pcall(string.find, "aaa", p)))
end
print(pcall(string.find, ("a"):rep(10), ("(a)"):rep(33)))
print(select("#", ("x"):find(("()"):rep(32))))
--! out: 7	5	8	nil
--! out: 1	3	6	6	1	0
--! out: 4	1	4	nil
--! out: 2	2	2	2	2
--! out: 2	2	1	1
--! out: 1	11	key	value
--! out: 2	nil	1	3	nil
--! out: 2	1	1	2	2
--! out: 2	3	4	2	2	2
--! out: 1	1	1	1	1	1	0
--! out: 1	2	2	2	1	3
--! out: 3	nil	1	1	3
--! out: 5	1	3	5
--! out: 1	4	1	6	"	it's
--! out: 1	57	60	ab	ab
--! out: 1	1	2	1	3
--! out: (	unfinished capture
--! out: )	nil
--! out: %	malformed pattern (ends with '%')
--! out: [	malformed pattern (missing ']')
--! out: [a	malformed pattern (missing ']')
--! out: []	malformed pattern (missing ']')
--! out: [^]	malformed pattern (missing ']')
--! out: (()	unfinished capture
--! out: %1	invalid capture index
--! out: (%1)	invalid capture index
--! out: %b	unbalanced pattern
--! out: %ba	unbalanced pattern
--! out: %f	missing '[' after '%f' in pattern
--! out: a)	nil
--! out: [a-	malformed pattern (missing ']')
--! out: [%	malformed pattern (missing ']')
--! out: true	nil
--! out: 34
