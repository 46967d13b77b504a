-- Line events come in PUC Lua's order: at function entry, on new lines, on every jump back.
local function trace(name, source)
  local lines = {}
  local chunk = assert(loadstring(source))
  debug.sethook(function(event, line) lines[#lines + 1] = line end, "l")
  chunk()
  debug.sethook()
  print(name, table.concat(lines, " "))
end

trace("condition", "if\nmath.sin(1)\nthen\n  a = 1\nelse\n  a = 2\nend\n")
trace("constant condition", "--\nif nil then\n  a = 1\nelse\n  a = 2\nend\n")
trace("repeat", "a = 1\nrepeat\n  a = a + 1\nuntil a == 3\n")
trace("return", "do\n  return\nend\n")
trace("no nil at the start", "local a\nlocal b, c\na = 1\nwhile a <= 3 do\n  a = a + 1\nend\n")
trace("nil behind the start", "a = 1\nlocal b\nlocal c\nb = nil\n")
trace("break", "while math.sin(1) do\n  if math.sin(1)\n  then\n    break\n  end\nend\na = 1")
trace("numeric for", "for i = 1, 3 do\n  a = i\nend\n")
trace("for in one line", "for i = 1, 4 do a = 1 end")
trace("empty for", "for i = 1, 3 do end\na = 1")
trace("for that does not run", "for i = 3, 1 do\n  a = i\nend\n")
trace("for over several lines", "for i =\n1,\n2\ndo\n  a = i\nend\n")
trace("pairs", "for i, v in pairs{'a', 'b'} do\n  a = i .. v\nend\n")
trace("ipairs in one line", "for i, v in ipairs{1, 2} do a = v end")
trace("iterator", "local n = 0\nfor i in function()\n  n = n + 1\n  if n < 3 then return n end\nend do\n  a = i\nend\n")
trace("calls", "local function f(x)\n  return x\nend\nlocal a = f(1) +\n  f(2)\nf(\n  f(3)\n)\n")
trace("tail call", "local function f(x)\n  return x\nend\nlocal function g(x)\n  return f(x)\nend\ng(1)\n")
trace("metamethods", [[
local t = setmetatable({}, {
  __add = function(a, b)
    return 1
  end,
  __lt = function(a, b)
    return true
  end })
local x = t + 1
if t < t then
  x = 2
end
repeat
  x = x + 1
until x > 3 or t < t
x = 3
]])
trace("closures", "local t = {\n  function()\n    return 1\n  end,\n  2\n}\nt[1]()\n")
trace("coroutine", "local co = coroutine.wrap(function()\n  coroutine.yield()\nend)\nco()\nco()\n")
trace("goto-less nesting", "local n = 0\nfor i = 1, 2 do\n  for j = 1, 2 do\n    n = n + j\n  end\nend\n")

local count = 0
function C() count = count - 1; return count > 0 end
local function trace_from(n, name, source) count = n; trace(name, source) end
trace_from(3, "empty while", "while C(\n)\ndo\nend\na = 1\n")
trace_from(3, "while with an inner break", "while C()\ndo while true do\nbreak\nend\nend\na = 1\n")
trace_from(3, "while that ends with a skipped for", "while C()\ndo\nfor i = 1, 0 do\nend\nend\n")
trace_from(3, "while that ends with an else", "while C()\ndo\nif C() then a = 1\nelse a = 2\nend\nend\n")
trace_from(3, "repeat and break", "for i = 1, 2 do repeat until not C()\nbreak\nend\na = 1\n")
trace("repeat until true", "repeat\na = 1\nuntil true\na = 2\n")
trace_from(3, "repeat over several lines", "repeat\na = 1\nuntil not\nC(\n)\na = 2\n")
trace_from(2, "empty arm", "if C()\nthen\nelse\na = 1\nend\na = 2\n")
trace("skipped for over several lines", "for i = 1,\n2, -1\ndo\nend a = 1\n")
trace("nil behind a block", "do\nend\nlocal w\nw = 1\n")

-- A loop that has run natively is followed from the moment the hook is set.
local events = 0
local function work(n, hook_at)
  local sum = 0
  for i = 1, n do
    sum = sum + i
    if i == hook_at then
      debug.sethook(function() events = events + 1 end, "l")
    end
  end
  debug.sethook()
  return sum
end
print(work(500, 0), events)
print(work(500, 400), events)
--! out: condition	6 2 4 7 7
--! out: constant condition	6 2 5 6 7
--! out: repeat	6 1 3 4 3 4 7
--! out: return	6 2 7
--! out: no nil at the start	6 3 4 5 4 5 4 5 4 6 7
--! out: nil behind the start	6 1 2 4 7
--! out: break	6 1 2 4 7 7
--! out: numeric for	6 1 2 1 2 1 2 1 3 7
--! out: for in one line	6 1 1 1 1 1 7
--! out: empty for	6 1 1 1 1 2 7
--! out: for that does not run	6 1 3 7
--! out: for over several lines	6 2 3 4 1 5 1 5 1 6 7
--! out: pairs	6 1 2 1 2 1 3 7
--! out: ipairs in one line	6 1 1 1 7
--! out: iterator	6 1 5 2 3 4 6 2 3 4 6 2 3 4 5 7 7
--! out: calls	6 3 4 2 5 2 6 7 2 6 2 8 7
--! out: tail call	6 3 6 7 5 2 7
--! out: metamethods	6 1 4 7 1 8 3 9 6 10 13 14 6 15 7
--! out: closures	6 1 4 6 7 3 7
--! out: coroutine	6 1 3 1 4 5 7
--! out: goto-less nesting	6 1 2 3 4 3 4 3 2 3 4 3 4 3 2 6 7
--! out: empty while	6 1 50 2 3 1 50 2 3 1 50 2 5 7
--! out: while with an inner break	6 1 50 3 1 50 3 1 50 6 7
--! out: while that ends with a skipped for	6 1 50 3 4 1 50 3 4 1 50 5 7
--! out: while that ends with an else	6 1 50 3 50 1 50 6 7
--! out: repeat and break	6 1 1 50 1 50 1 50 2 4 7
--! out: repeat until true	6 2 4 7
--! out: repeat over several lines	6 2 4 50 5 2 4 50 5 2 4 50 5 6 7
--! out: empty arm	6 1 50 2 6 7
--! out: skipped for over several lines	6 1 2 3 1 4 7
--! out: nil behind a block	6 3 4 7
--! out: 125250	0
--! out: 125250	302
