-- How often load asks its reader: until it gives nothing, or until there is an error in front of the end of what it gave.
local function count(pieces)
  local asked = 0
  local f, message = load(function()
    asked = asked + 1
    return pieces(asked)
  end, "=chunk")
  return asked, f ~= nil, message
end
local function bytes(source)
  return function(n) return source:sub(n, n) end
end
for _, source in ipairs {
  "*a = 123", "x = = 3", "a.b:c = 2", "'abc\nd'", "[[aaa", "x = 1 --[[bb", "x = 12e y", "return 'a\\999b' z", "~x a", "x ~= 1",
  "for i = 1 do end", "a..b x", "--[==x\n*aa", "a = b = c", "local x = 1 return x", "f(", "x = }", "x = 1 y = 2 z = 3 return x + + y + z",
} do
  print((source:gsub("\n", "\\n")), count(bytes(source)))
end
-- Bad pieces without an end.
print(count(function() return "x " end))
local long = ("x = x + 1 "):rep(1000)
print(select(2, count(function(n) return n <= 1000 and long:sub(n * 10 - 9, n * 10) or nil end)))
local asked, loaded = count(function(n) return n == 500 and "x = = 1 " or long:sub(1, 10) end)
print(asked < 1000, loaded)
-- An empty chunk is asked for twice.
print(count(function() return nil end))
print(count(function(n) return ({ "", "return ", "1" })[n] end))
print(load(function() return nil end)())
--! out: *a = 123	2	false	chunk:1: unexpected symbol near '*'
--! out: x = = 3	6	false	chunk:1: unexpected symbol near '='
--! out: a.b:c = 2	8	false	chunk:1: function arguments expected near '='
--! out: 'abc\nd'	5	false	chunk:1: unfinished string near ''abc'
--! out: [[aaa	6	false	chunk:1: unfinished long string near '<eof>'
--! out: x = 1 --[[bb	13	false	chunk:1: unfinished long comment near '<eof>'
--! out: x = 12e y	8	false	chunk:1: malformed number near '12e'
--! out: return 'a\999b' z	14	false	chunk:1: escape sequence too large near ''a'
--! out: ~x a	2	false	chunk:1: unexpected symbol near '~'
--! out: x ~= 1	5	false	chunk:1: '=' expected near '~='
--! out: for i = 1 do end	13	false	chunk:1: ',' expected near 'do'
--! out: a..b x	4	false	chunk:1: '=' expected near '..'
--! out: --[==x\n*aa	9	false	chunk:2: unexpected symbol near '*'
--! out: a = b = c	8	false	chunk:1: unexpected symbol near '='
--! out: local x = 1 return x	21	true	nil
--! out: f(	3	false	chunk:1: unexpected symbol near '<eof>'
--! out: x = }	6	false	chunk:1: unexpected symbol near '}'
--! out: x = 1 y = 2 z = 3 return x + + y + z	31	false	chunk:1: unexpected symbol near '+'
--! out: 2	false	chunk:1: '=' expected near 'x'
--! out: true	nil
--! out: true	false
--! out: 2	true	nil
--! out: 4	true	nil
--! out: 
