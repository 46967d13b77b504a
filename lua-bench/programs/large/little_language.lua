-- A little language in Lua: lexer, parser, resolver, a tree-walking evaluator and a compiler to closures, run on three programs.
--! check: 1597 303 1,459,1781,3975,-6534
--! quick: 12 1597 303 1,459,1781,3975,-6534
local rounds = tonumber((...) or 80)
local unpack = unpack or table.unpack

---------------------------------------------------------------------------------------------------
-- Lexer

local keywords = {
  ["let"] = true, ["fn"] = true, ["if"] = true, ["else"] = true, ["while"] = true, ["return"] = true,
  ["true"] = true, ["false"] = true, ["nil"] = true,
}

local function lex(source)
  local tokens, at, line = {}, 1, 1
  local function add(kind, text)
    tokens[#tokens + 1] = { kind = kind, text = text, line = line }
  end
  while at <= #source do
    local space = source:match("^[ \t\n]+", at)
    if space then
      for _ in space:gmatch("\n") do line = line + 1 end
      at = at + #space
    elseif source:sub(at, at) == "#" then
      local _, last = source:find("^[^\n]*", at)
      at = last + 1
    else
      local name = source:match("^[%a_][%w_]*", at)
      local number = not name and source:match("^%d+%.?%d*", at)
      local text = not name and not number and source:match('^"[^"]*"', at)
      if name then
        add(keywords[name] and name or "name", name)
        at = at + #name
      elseif number then
        add("number", number)
        at = at + #number
      elseif text then
        add("string", text:sub(2, -2))
        at = at + #text
      else
        local two = source:sub(at, at + 1)
        if two == "==" or two == "!=" or two == "<=" or two == ">=" or two == "&&" or two == "||" then
          add(two, two)
          at = at + 2
        else
          local one = source:sub(at, at)
          add(one, one)
          at = at + 1
        end
      end
    end
  end
  add("end", "end of file")
  return tokens
end

---------------------------------------------------------------------------------------------------
-- Parser: one method for each level of the grammar

local Parser = {}
Parser.__index = Parser

function Parser.new(tokens)
  return setmetatable({ tokens = tokens, at = 1 }, Parser)
end

function Parser:peek() return self.tokens[self.at].kind end

function Parser:next()
  local token = self.tokens[self.at]
  self.at = self.at + 1
  return token
end

function Parser:accept(kind)
  if self:peek() == kind then return self:next() end
end

function Parser:expect(kind)
  local token = self:next()
  if token.kind ~= kind then
    error(("line %d: '%s' expected near '%s'"):format(token.line, kind, token.text), 0)
  end
  return token
end

function Parser:block()
  local statements = {}
  self:expect("{")
  while not self:accept("}") do statements[#statements + 1] = self:statement() end
  return statements
end

function Parser:statement()
  if self:accept("let") then
    local name = self:expect("name").text
    self:expect("=")
    local value = self:expression()
    self:expect(";")
    return { kind = "let", name = name, value = value }
  elseif self:accept("if") then
    local condition = self:expression()
    local yes, no = self:block(), nil
    if self:accept("else") then
      no = self:peek() == "if" and { self:statement() } or self:block()
    end
    return { kind = "if", condition = condition, yes = yes, no = no }
  elseif self:accept("while") then
    local condition = self:expression()
    return { kind = "while", condition = condition, body = self:block() }
  elseif self:accept("return") then
    local value = self:expression()
    self:expect(";")
    return { kind = "return", value = value }
  end
  local target = self:expression()
  if self:accept("=") then
    local value = self:expression()
    self:expect(";")
    if target.kind == "name" then return { kind = "assign", name = target.name, value = value } end
    if target.kind == "index" then
      return { kind = "store", object = target.object, key = target.key, value = value }
    end
    error("this cannot be assigned to", 0)
  end
  self:expect(";")
  return { kind = "expression", value = target }
end

local levels = {
  { ["||"] = true }, { ["&&"] = true }, { ["=="] = true, ["!="] = true },
  { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true },
  { ["+"] = true, ["-"] = true }, { ["*"] = true, ["/"] = true, ["%"] = true },
}

function Parser:expression(level)
  level = level or 1
  if level > #levels then return self:unary() end
  local left = self:expression(level + 1)
  while levels[level][self:peek()] do
    local operator = self:next().kind
    left = { kind = "binary", operator = operator, left = left, right = self:expression(level + 1) }
  end
  return left
end

function Parser:unary()
  if self:accept("-") then return { kind = "negate", value = self:unary() } end
  if self:accept("!") then return { kind = "not", value = self:unary() } end
  return self:postfix()
end

function Parser:arguments(close, item)
  local items = {}
  if self:accept(close) then return items end
  repeat items[#items + 1] = item(self) until not self:accept(",")
  self:expect(close)
  return items
end

function Parser:postfix()
  local value = self:primary()
  while true do
    if self:accept("(") then
      value = { kind = "call", callee = value, arguments = self:arguments(")", self.expression) }
    elseif self:accept("[") then
      value = { kind = "index", object = value, key = self:expression() }
      self:expect("]")
    else
      return value
    end
  end
end

function Parser:primary()
  local token = self:next()
  local kind = token.kind
  if kind == "number" then return { kind = "constant", value = tonumber(token.text) } end
  if kind == "string" then return { kind = "constant", value = token.text } end
  if kind == "true" then return { kind = "constant", value = true } end
  if kind == "false" then return { kind = "constant", value = false } end
  if kind == "nil" then return { kind = "constant" } end
  if kind == "name" then return { kind = "name", name = token.text } end
  if kind == "[" then return { kind = "list", items = self:arguments("]", self.expression) } end
  if kind == "(" then
    local value = self:expression()
    self:expect(")")
    return value
  end
  if kind == "fn" then
    self:expect("(")
    local parameters = self:arguments(")", function(parser) return parser:expect("name").text end)
    return { kind = "function", parameters = parameters, body = self:block() }
  end
  error(("line %d: unexpected '%s'"):format(token.line, token.text), 0)
end

local function parse(source)
  local parser = Parser.new(lex(source))
  local program = {}
  while not parser:accept("end") do program[#program + 1] = parser:statement() end
  return program
end

---------------------------------------------------------------------------------------------------
-- What operators mean

local operators = {
  ["+"] = function(a, b) if type(a) == "string" then return a .. b end return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end,
  ["%"] = function(a, b) return a % b end,
  ["=="] = function(a, b) return a == b end,
  ["!="] = function(a, b) return a ~= b end,
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  [">"] = function(a, b) return a > b end,
  [">="] = function(a, b) return a >= b end,
}

local builtins = {
  length = function(list) return #list end,
  push = function(list, value) list[#list + 1] = value return value end,
  floor = math.floor,
  text = tostring,
}

---------------------------------------------------------------------------------------------------
-- Evaluator: walks the tree, variables in chained scopes

local function scope(outer) return setmetatable({}, { __index = outer, outer = outer }) end

local function holder(variables, name)
  while variables and rawget(variables, name) == nil do variables = getmetatable(variables).outer end
  return variables
end

local evaluate, execute

local evaluators = {
  constant = function(node) return node.value end,
  name = function(node, variables) return variables[node.name] end,
  negate = function(node, variables) return -evaluate(node.value, variables) end,
  ["not"] = function(node, variables) return not evaluate(node.value, variables) end,
  binary = function(node, variables)
    local operator = node.operator
    if operator == "&&" then return evaluate(node.left, variables) and evaluate(node.right, variables) end
    if operator == "||" then return evaluate(node.left, variables) or evaluate(node.right, variables) end
    return operators[operator](evaluate(node.left, variables), evaluate(node.right, variables))
  end,
  index = function(node, variables)
    return evaluate(node.object, variables)[evaluate(node.key, variables)]
  end,
  list = function(node, variables)
    local items = {}
    for i, item in ipairs(node.items) do items[i] = evaluate(item, variables) end
    return items
  end,
  ["function"] = function(node, variables)
    return function(...)
      local inner = scope(variables)
      for i, parameter in ipairs(node.parameters) do inner[parameter] = (select(i, ...)) end
      local _, value = execute(node.body, inner)
      return value
    end
  end,
  call = function(node, variables)
    local callee = evaluate(node.callee, variables)
    local values, count = {}, #node.arguments
    for i = 1, count do values[i] = evaluate(node.arguments[i], variables) end
    return callee(unpack(values, 1, count))
  end,
}

function evaluate(node, variables) return evaluators[node.kind](node, variables) end

-- Answers whether a `return` was met, and its value.
function execute(statements, variables)
  for i = 1, #statements do
    local node = statements[i]
    local kind = node.kind
    if kind == "let" then
      variables[node.name] = evaluate(node.value, variables)
    elseif kind == "assign" then
      holder(variables, node.name)[node.name] = evaluate(node.value, variables)
    elseif kind == "store" then
      evaluate(node.object, variables)[evaluate(node.key, variables)] = evaluate(node.value, variables)
    elseif kind == "expression" then
      evaluate(node.value, variables)
    elseif kind == "return" then
      return true, evaluate(node.value, variables)
    elseif kind == "if" then
      local branch = evaluate(node.condition, variables) and node.yes or node.no
      if branch then
        local returned, value = execute(branch, variables)
        if returned then return true, value end
      end
    else
      while evaluate(node.condition, variables) do
        local returned, value = execute(node.body, variables)
        if returned then return true, value end
      end
    end
  end
  return false
end

---------------------------------------------------------------------------------------------------
-- Compiler: every node becomes a closure over its parts, every variable a place in a frame

local Compiler = {}
Compiler.__index = Compiler

function Compiler.new(outer) return setmetatable({ outer = outer, places = {}, count = 0 }, Compiler) end

function Compiler:declare(name)
  self.count = self.count + 1
  self.places[name] = self.count
  return self.count
end

-- How many frames up, and where there.
function Compiler:find(name)
  local compiler, depth = self, 0
  while compiler do
    local place = compiler.places[name]
    if place then return depth, place end
    compiler, depth = compiler.outer, depth + 1
  end
end

local compilers = {
  constant = function(_, node) local value = node.value return function() return value end end,
  name = function(self, node)
    local depth, place = self:find(node.name)
    if not depth then
      local value = builtins[node.name]
      if value == nil then error("no variable " .. node.name, 0) end
      return function() return value end
    end
    if depth == 0 then return function(frame) return frame[place] end end
    if depth == 1 then return function(frame) return frame.outer[place] end end
    return function(frame)
      for _ = 1, depth do frame = frame.outer end
      return frame[place]
    end
  end,
  negate = function(self, node)
    local value = self:compile(node.value)
    return function(frame) return -value(frame) end
  end,
  ["not"] = function(self, node)
    local value = self:compile(node.value)
    return function(frame) return not value(frame) end
  end,
  binary = function(self, node)
    local left, right, operator = self:compile(node.left), self:compile(node.right), node.operator
    if operator == "&&" then return function(frame) return left(frame) and right(frame) end end
    if operator == "||" then return function(frame) return left(frame) or right(frame) end end
    if operator == "<" then return function(frame) return left(frame) < right(frame) end end
    if operator == "-" then return function(frame) return left(frame) - right(frame) end end
    if operator == "*" then return function(frame) return left(frame) * right(frame) end end
    local apply = operators[operator]
    return function(frame) return apply(left(frame), right(frame)) end
  end,
  index = function(self, node)
    local object, key = self:compile(node.object), self:compile(node.key)
    return function(frame) return object(frame)[key(frame)] end
  end,
  list = function(self, node)
    local parts = {}
    for i, item in ipairs(node.items) do parts[i] = self:compile(item) end
    return function(frame)
      local items = {}
      for i = 1, #parts do items[i] = parts[i](frame) end
      return items
    end
  end,
  ["function"] = function(self, node)
    local inner = Compiler.new(self)
    for _, parameter in ipairs(node.parameters) do inner:declare(parameter) end
    local body = inner:block(node.body)
    return function(outer)
      return function(...)
        local frame = { ... }
        frame.outer = outer
        local _, value = body(frame)
        return value
      end
    end
  end,
  call = function(self, node)
    local callee, parts = self:compile(node.callee), {}
    for i, argument in ipairs(node.arguments) do parts[i] = self:compile(argument) end
    local a, b = parts[1], parts[2]
    if #parts == 0 then return function(frame) return callee(frame)() end end
    if #parts == 1 then return function(frame) return callee(frame)(a(frame)) end end
    if #parts == 2 then return function(frame) return callee(frame)(a(frame), b(frame)) end end
    return function(frame)
      local values = {}
      for i = 1, #parts do values[i] = parts[i](frame) end
      return callee(frame)(unpack(values, 1, #parts))
    end
  end,
}

function Compiler:compile(node) return compilers[node.kind](self, node) end

function Compiler:statement(node)
  local kind = node.kind
  if kind == "let" then
    local place
    -- A function may name itself.
    if node.value.kind == "function" then place = self:declare(node.name) end
    local value = self:compile(node.value)
    place = place or self:declare(node.name)
    return function(frame) frame[place] = value(frame) end
  elseif kind == "assign" then
    local depth, place = self:find(node.name)
    local value = self:compile(node.value)
    return function(frame)
      local result = value(frame)
      for _ = 1, depth do frame = frame.outer end
      frame[place] = result
    end
  elseif kind == "store" then
    local object, key, value = self:compile(node.object), self:compile(node.key), self:compile(node.value)
    return function(frame) object(frame)[key(frame)] = value(frame) end
  elseif kind == "expression" then
    local value = self:compile(node.value)
    return function(frame) value(frame) end
  elseif kind == "return" then
    local value = self:compile(node.value)
    return function(frame) return true, value(frame) end
  elseif kind == "if" then
    local condition, yes = self:compile(node.condition), self:block(node.yes)
    local no = node.no and self:block(node.no)
    return function(frame)
      if condition(frame) then return yes(frame) elseif no then return no(frame) end
    end
  end
  local condition, body = self:compile(node.condition), self:block(node.body)
  return function(frame)
    while condition(frame) do
      local returned, value = body(frame)
      if returned then return true, value end
    end
  end
end

function Compiler:block(statements)
  local parts = {}
  for i, node in ipairs(statements) do parts[i] = self:statement(node) end
  return function(frame)
    for i = 1, #parts do
      local returned, value = parts[i](frame)
      if returned then return true, value end
    end
  end
end

---------------------------------------------------------------------------------------------------

local programs = {
  [[ # Recursion.
    let fib = fn(n) { if n < 2 { return n; } return fib(n - 1) + fib(n - 2); };
    return fib(17); ]],
  [[ # A sieve.
    let limit = 2000; let marked = []; let i = 0; let count = 0;
    while i < limit { push(marked, false); i = i + 1; }
    i = 2;
    while i < limit {
      if !marked[i] {
        count = count + 1;
        let j = i * i;
        while j < limit { marked[j] = true; j = j + i; }
      }
      i = i + 1;
    }
    return count; ]],
  [[ # Closures and text.
    let counter = fn(start) { let n = start; return fn(by) { n = n + by; return n; }; };
    let a = counter(1); let b = counter(100); let i = 0; let out = "";
    while i < 200 {
      if i % 3 == 0 { a(i); } else if i % 3 == 1 { b(-i); } else { a(b(1) % 7); }
      if i % 50 == 0 { out = out + text(a(0)) + ","; }
      i = i + 1;
    }
    return out + text(b(0)); ]],
}

local answers = {}
for _ = 1, rounds do
  for i, source in ipairs(programs) do
    local tree = parse(source)
    local variables = scope(nil)
    for name, value in pairs(builtins) do variables[name] = value end
    local _, walked = execute(tree, variables)
    local _, compiled = Compiler.new(nil):block(tree)({})
    assert(walked == compiled, tostring(walked) .. " is not " .. tostring(compiled))
    answers[i] = compiled
  end
end
print("check: " .. table.concat(answers, " "))
