-- Messages of the parser: chunk name, line and the token they stop at.
local cases = {
  "x =", "x = = 1", "local function", "for", "for i", "for i =", "for i = 1", "for i = 1 do", "for i, j = 1, 2 do end",
  "if", "if x", "if x then", "if x then else", "if x then elseif", "while true", "repeat", "repeat until",
  "function", "function f", "function f(", "function f(a", "function f(a,", "function f(1)", "function f(..., a) end",
  "function a.b:c.d() end", "return 1 2", "x", "x.y", "x()  = 1", "(x) = 1", "f() + 1", "1 = x", "'a' = 1",
  "a.1 = 2", "a:b = 1", "a:b", "local x.y = 1", "local a, = 1", "t = {", "t = {1", "t = {1,,2}", "t = {x=}", "t = {[1]}",
  "x = (1", "x = 1)", "end", "until x", "else", "x = }", "x = a..", "x = not", "x = -", "x = #", "x = a and",
  "do", "do end end", "f(", "f(1,", "f(1", "a[1", "a[1]", "a[]=1", "local function f() return ... end",
  "x = function() return ... end", "break", "while true do break; x = 1 end", "do return end x = 1", "return x = 1",
  "x = 1 y", "local local", "x = {...", "for k, v in pairs(t) print(k) end", "\n\n\nx = ?", "x = 'a\\400'",
}
for _, source in ipairs(cases) do
  local f, message = loadstring(source, "=chunk")
  print((f == nil and message or "accepted: " .. source):gsub("\n", "\\n"), nil)
end
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '='	nil
--! out: chunk:1: '<name>' expected near '<eof>'	nil
--! out: chunk:1: '<name>' expected near '<eof>'	nil
--! out: chunk:1: '=' or 'in' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: ',' expected near '<eof>'	nil
--! out: chunk:1: ',' expected near 'do'	nil
--! out: chunk:1: 'in' expected near '='	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: 'then' expected near '<eof>'	nil
--! out: chunk:1: 'end' expected near '<eof>'	nil
--! out: chunk:1: 'end' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: 'do' expected near '<eof>'	nil
--! out: chunk:1: 'until' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: '<name>' expected near '<eof>'	nil
--! out: chunk:1: '(' expected near '<eof>'	nil
--! out: chunk:1: <name> or '...' expected near '<eof>'	nil
--! out: chunk:1: ')' expected near '<eof>'	nil
--! out: chunk:1: <name> or '...' expected near '<eof>'	nil
--! out: chunk:1: <name> or '...' expected near '1'	nil
--! out: chunk:1: ')' expected near ','	nil
--! out: chunk:1: '(' expected near '.'	nil
--! out: chunk:1: '<eof>' expected near '2'	nil
--! out: chunk:1: '=' expected near '<eof>'	nil
--! out: chunk:1: '=' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '='	nil
--! out: chunk:1: syntax error near '='	nil
--! out: chunk:1: unexpected symbol near '+'	nil
--! out: chunk:1: unexpected symbol near '1'	nil
--! out: chunk:1: unexpected symbol near ''a''	nil
--! out: chunk:1: '=' expected near '.1'	nil
--! out: chunk:1: function arguments expected near '='	nil
--! out: chunk:1: function arguments expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '.'	nil
--! out: chunk:1: '<name>' expected near '='	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: '}' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near ','	nil
--! out: chunk:1: unexpected symbol near '}'	nil
--! out: chunk:1: '=' expected near '}'	nil
--! out: chunk:1: ')' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near ')'	nil
--! out: chunk:1: '<eof>' expected near 'end'	nil
--! out: chunk:1: '<eof>' expected near 'until'	nil
--! out: chunk:1: '<eof>' expected near 'else'	nil
--! out: chunk:1: unexpected symbol near '}'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: 'end' expected near '<eof>'	nil
--! out: chunk:1: '<eof>' expected near 'end'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: unexpected symbol near '<eof>'	nil
--! out: chunk:1: ')' expected near '<eof>'	nil
--! out: chunk:1: ']' expected near '<eof>'	nil
--! out: chunk:1: '=' expected near '<eof>'	nil
--! out: chunk:1: unexpected symbol near ']'	nil
--! out: chunk:1: cannot use '...' outside a vararg function near '...'	nil
--! out: chunk:1: cannot use '...' outside a vararg function near '...'	nil
--! out: chunk:1: no loop to break near '<eof>'	nil
--! out: chunk:1: 'end' expected near 'x'	nil
--! out: accepted: do return end x = 1	nil
--! out: chunk:1: '<eof>' expected near '='	nil
--! out: chunk:1: '=' expected near '<eof>'	nil
--! out: chunk:1: '<name>' expected near 'local'	nil
--! out: chunk:1: '}' expected near '<eof>'	nil
--! out: chunk:1: 'do' expected near 'print'	nil
--! out: chunk:4: unexpected symbol near '?'	nil
--! out: chunk:1: escape sequence too large near ''a'	nil
