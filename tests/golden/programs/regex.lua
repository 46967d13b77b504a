-- Regular expressions three ways: backtracking closures, a Thompson simulation, derivatives.
local scale = tonumber((...)) or 1

-- Parsing: alternatives, sequences, * + ?, groups, classes, any.
local function parse(source)
  local at = 1
  local alternatives
  local function peek() return source:sub(at, at) end
  local function class()
    local node, negated = {kind = "class", set = {}}, false
    if peek() == "^" then negated, at = true, at + 1 end
    while peek() ~= "]" do
      local from = peek()
      if from == "" then error("unclosed class", 0) end
      local to = from
      at = at + 1
      if peek() == "-" and source:sub(at + 1, at + 1) ~= "]" then to, at = source:sub(at + 1, at + 1), at + 2 end
      for b = from:byte(), to:byte() do node.set[string.char(b)] = true end
    end
    at = at + 1
    if negated then
      local other = {}
      for b = 0, 255 do local c = string.char(b) if not node.set[c] then other[c] = true end end
      node.set = other
    end
    return node
  end
  local function atom()
    local c = peek()
    at = at + 1
    if c == "(" then
      local inner = alternatives()
      if peek() ~= ")" then error("unclosed group", 0) end
      at = at + 1
      return inner
    elseif c == "[" then return class()
    elseif c == "." then return {kind = "any"}
    elseif c == "\\" then c = peek() at = at + 1 return {kind = "char", c = c} end
    if c == "*" or c == "+" or c == "?" then error("nothing to repeat", 0) end
    return {kind = "char", c = c}
  end
  local function sequence()
    local node = {kind = "empty"}
    while peek() ~= "" and peek() ~= "|" and peek() ~= ")" do
      local item = atom()
      while true do
        local c = peek()
        if c == "*" then item = {kind = "star", a = item}
        elseif c == "+" then item = {kind = "seq", a = item, b = {kind = "star", a = item}}
        elseif c == "?" then item = {kind = "alt", a = item, b = {kind = "empty"}}
        else break end
        at = at + 1
      end
      node = node.kind == "empty" and item or {kind = "seq", a = node, b = item}
    end
    return node
  end
  function alternatives()
    local node = sequence()
    while peek() == "|" do
      at = at + 1
      node = {kind = "alt", a = node, b = sequence()}
    end
    return node
  end
  local tree = alternatives()
  if at <= #source then error("unmatched )", 0) end
  return tree
end

-- One: closures that backtrack, in continuation style.
local compile = {}
local function build(node, rest) return compile[node.kind](node, rest) end
function compile.empty(_, rest) return rest end
function compile.char(node, rest)
  local c = node.c
  return function(s, i) return s:sub(i, i) == c and rest(s, i + 1) end
end
function compile.any(_, rest) return function(s, i) return i <= #s and rest(s, i + 1) end end
function compile.class(node, rest)
  local set = node.set
  return function(s, i) return set[s:sub(i, i)] and rest(s, i + 1) end
end
function compile.seq(node, rest) return build(node.a, build(node.b, rest)) end
function compile.alt(node, rest)
  local a, b = build(node.a, rest), build(node.b, rest)
  return function(s, i) return a(s, i) or b(s, i) end
end
function compile.star(node, rest)
  local body
  local function loop(s, i) return body(s, i) or rest(s, i) end
  local start
  body = build(node.a, function(s, i) if i == start then return false end local saved = start start = i local r = loop(s, i) start = saved return r end)
  return function(s, i) local saved = start start = i local r = loop(s, i) start = saved return r end
end
local function backtracker(tree)
  local run = build(tree, function(s, i) return i > #s end)
  return function(s) return run(s, 1) and true or false end
end

-- Two: states in lists.
local function thompson(tree)
  local states = {}
  local function state(kind, node) states[#states + 1] = {kind = kind, node = node, id = #states + 1, mark = 0} return states[#states] end
  local accept = state("accept")
  local function add(node, next)
    local kind = node.kind
    if kind == "empty" then return next
    elseif kind == "seq" then return add(node.a, add(node.b, next))
    elseif kind == "alt" then
      local split = state("split")
      split.a, split.b = add(node.a, next), add(node.b, next)
      return split
    elseif kind == "star" then
      local split = state("split")
      split.b = next
      split.a = add(node.a, split)
      return split
    end
    local s = state("step", node)
    s.a = next
    return s
  end
  local start, generation = add(tree, accept), 0
  local function reach(s, list)
    if s.mark == generation then return end
    s.mark = generation
    if s.kind == "split" then reach(s.a, list) reach(s.b, list) else list[#list + 1] = s end
  end
  return function(text)
    generation = generation + 1
    local current = {}
    reach(start, current)
    for i = 1, #text do
      local c, following = text:sub(i, i), {}
      generation = generation + 1
      for _, s in ipairs(current) do
        local node = s.node
        if s.kind == "step" and (node.kind == "any" or node.c == c or node.set and node.set[c]) then reach(s.a, following) end
      end
      current = following
      if #current == 0 then return false end
    end
    for _, s in ipairs(current) do if s == accept then return true end end
    return false
  end
end

-- Three: derivatives, with the expressions interned so that each is one table.
local interned = {}
local function make(kind, a, b, extra)
  local key = kind .. ":" .. (a and a.id or extra or "") .. ":" .. (b and b.id or "")
  local node = interned[key]
  if not node then
    interned.count = (interned.count or 0) + 1
    node = {kind = kind, a = a, b = b, id = interned.count, derived = {}}
    interned[key] = node
  end
  return node
end
local empty, never = make("empty"), make("never")
local function seq(a, b)
  if a == never or b == never then return never end
  if a == empty then return b elseif b == empty then return a end
  return make("seq", a, b)
end
local function alt(a, b)
  if a == b or b == never then return a elseif a == never then return b end
  if a.id > b.id then a, b = b, a end
  return make("alt", a, b)
end
local function convert(node)
  local kind = node.kind
  if kind == "empty" then return empty
  elseif kind == "seq" then return seq(convert(node.a), convert(node.b))
  elseif kind == "alt" then return alt(convert(node.a), convert(node.b))
  elseif kind == "star" then return make("star", convert(node.a)) end
  local names = {}
  for c in pairs(node.set or {}) do names[#names + 1] = c end
  table.sort(names)
  local leaf = make(kind, nil, nil, (node.c or "") .. table.concat(names))
  leaf.c, leaf.set = node.c, node.set
  return leaf
end
local function nullable(n)
  local kind = n.kind
  if kind == "empty" or kind == "star" then return true end
  if kind == "seq" then return nullable(n.a) and nullable(n.b) end
  return kind == "alt" and (nullable(n.a) or nullable(n.b))
end
local function derive(n, c)
  local known = n.derived[c]
  if known then return known end
  local kind, result = n.kind, never
  if kind == "char" then if n.c == c then result = empty end
  elseif kind == "any" then result = empty
  elseif kind == "class" then if n.set[c] then result = empty end
  elseif kind == "alt" then result = alt(derive(n.a, c), derive(n.b, c))
  elseif kind == "star" then result = seq(derive(n.a, c), n)
  elseif kind == "seq" then
    result = seq(derive(n.a, c), n.b)
    if nullable(n.a) then result = alt(result, derive(n.b, c)) end
  end
  n.derived[c] = result
  return result
end
local function derivatives(tree)
  local start = convert(tree)
  return function(s)
    local n = start
    for c in s:gmatch(".") do n = derive(n, c) if n == never then return false end end
    return nullable(n)
  end
end

local patterns = {"a*b", "(a|b)*abb", "[a-c]+x?", "a.c", "(ab|a)(bc|c)", "[^x]*x[^x]*", "((a*)b)*c", "\\.\\*", "(x+x+)+y", ""}
local texts = {"", "b", "aaab", "abb", "ababb", "abc", "abcx", "axc", "xxxxxy", ".*", "aabaabc", "bbbb", ("ab"):rep(20) .. "abb", "xxxxxxxxz"}
for round = 1, scale do
  for _, pattern in ipairs(patterns) do
    local tree = parse(pattern)
    local one, two, three = backtracker(tree), thompson(tree), derivatives(tree)
    local row = {}
    for i, text in ipairs(texts) do
      local a, b, c = one(text), two(text), three(text)
      row[i] = (a == b and b == c) and (a and "1" or "0") or "?"
    end
    if round == 1 then print(("%-14s %s"):format(pattern, table.concat(row))) end
  end
end
for _, bad in ipairs{"(", "a)", "*", "[a"} do print(bad, pcall(parse, bad)) end
--! out: a*b            01100000000000
--! out: (a|b)*abb      00011000000010
--! out: [a-c]+x?       01111110001110
--! out: a.c            00000101000000
--! out: (ab|a)(bc|c)   00000100000000
--! out: [^x]*x[^x]*    00000011000000
--! out: ((a*)b)*c      00000100001000
--! out: \.\*           00000000010000
--! out: (x+x+)+y       00000000100000
--! out:                10000000000000
--! out: (	false	unclosed group
--! out: a)	false	unmatched )
--! out: *	false	nothing to repeat
--! out: [a	false	unclosed class
