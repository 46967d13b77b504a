-- What is a name and what is a keyword; `goto` and `continue` are ordinary names in 5.1.
local _, _a1, A, a = 1, 2, 3, 4
print(_, _a1, A, a)
local goto, continue, self, integer = "goto", "continue", "self", "integer"
print(goto, continue, self, integer)
And, IF, End = 1, 2, 3
print(And, IF, End)
local very_long_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_1 = 1
local very_long_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_2 = 2
print(very_long_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_1,
  very_long_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on_2)
local keywords = {"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"}
for _, word in ipairs(keywords) do
  local f, message = loadstring("local " .. word .. " = 1")
  print(word, f, message)
end
local t = {["end"] = 1, ["nil"] = 2}
print(t["end"], t["nil"], t["and"])
print(loadstring("local 1a = 2"))
print(loadstring("a$b = 2"))
print(loadstring("x = @"))
print(loadstring("x = 'a' ~ 'b'"))
print(loadstring("x = a ! b"))
--! out: 1	2	3	4
--! out: goto	continue	self	integer
--! out: 1	2	3
--! out: 1	2
--! out: and	nil	[string "local and = 1"]:1: '<name>' expected near 'and'
--! out: break	nil	[string "local break = 1"]:1: '<name>' expected near 'break'
--! out: do	nil	[string "local do = 1"]:1: '<name>' expected near 'do'
--! out: else	nil	[string "local else = 1"]:1: '<name>' expected near 'else'
--! out: elseif	nil	[string "local elseif = 1"]:1: '<name>' expected near 'elseif'
--! out: end	nil	[string "local end = 1"]:1: '<name>' expected near 'end'
--! out: false	nil	[string "local false = 1"]:1: '<name>' expected near 'false'
--! out: for	nil	[string "local for = 1"]:1: '<name>' expected near 'for'
--! out: function	nil	[string "local function = 1"]:1: '<name>' expected near '='
--! out: if	nil	[string "local if = 1"]:1: '<name>' expected near 'if'
--! out: in	nil	[string "local in = 1"]:1: '<name>' expected near 'in'
--! out: local	nil	[string "local local = 1"]:1: '<name>' expected near 'local'
--! out: nil	nil	[string "local nil = 1"]:1: '<name>' expected near 'nil'
--! out: not	nil	[string "local not = 1"]:1: '<name>' expected near 'not'
--! out: or	nil	[string "local or = 1"]:1: '<name>' expected near 'or'
--! out: repeat	nil	[string "local repeat = 1"]:1: '<name>' expected near 'repeat'
--! out: return	nil	[string "local return = 1"]:1: '<name>' expected near 'return'
--! out: then	nil	[string "local then = 1"]:1: '<name>' expected near 'then'
--! out: true	nil	[string "local true = 1"]:1: '<name>' expected near 'true'
--! out: until	nil	[string "local until = 1"]:1: '<name>' expected near 'until'
--! out: while	nil	[string "local while = 1"]:1: '<name>' expected near 'while'
--! out: 1	2	nil
--! out: nil	[string "local 1a = 2"]:1: malformed number near '1a'
--! out: nil	[string "a$b = 2"]:1: '=' expected near '$'
--! out: nil	[string "x = @"]:1: unexpected symbol near '@'
--! out: nil	[string "x = 'a' ~ 'b'"]:1: unexpected symbol near '~'
--! out: nil	[string "x = a ! b"]:1: unexpected symbol near '!'
