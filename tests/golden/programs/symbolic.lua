-- Expressions as objects: parsing by precedence, differentiation, simplification, a stack machine and generated Lua; and matrices.
local scale = tonumber((...)) or 1
local E = {}
E.__index = E
local function num(v) return setmetatable({op = "num", v = v}, E) end
local function var(n) return setmetatable({op = "var", n = n}, E) end
local function lift(x) return type(x) == "number" and num(x) or x end
local function node(op) return function(a, b) return setmetatable({op = op, a = lift(a), b = b and lift(b)}, E) end end
E.__add, E.__sub, E.__mul, E.__div, E.__pow, E.__unm = node("+"), node("-"), node("*"), node("/"), node("^"), function(a) return node("neg")(a) end
local sin, cos, exp = node("sin"), node("cos"), node("exp")
E.__tostring = function(e)
  if e.op == "num" then return ("%g"):format(e.v) elseif e.op == "var" then return e.n
  elseif e.op == "neg" then return "-" .. tostring(e.a)
  elseif e.b then return "(" .. tostring(e.a) .. " " .. e.op .. " " .. tostring(e.b) .. ")" end
  return e.op .. "(" .. tostring(e.a) .. ")"
end
local derive = {
  num = function() return num(0) end,
  var = function(e, x) return num(e.n == x and 1 or 0) end,
  ["+"] = function(e, x) return e.a:d(x) + e.b:d(x) end,
  ["-"] = function(e, x) return e.a:d(x) - e.b:d(x) end,
  ["*"] = function(e, x) return e.a:d(x) * e.b + e.a * e.b:d(x) end,
  ["/"] = function(e, x) return (e.a:d(x) * e.b - e.a * e.b:d(x)) / (e.b ^ 2) end,
  ["^"] = function(e, x) return e.b * e.a ^ (e.b.v - 1) * e.a:d(x) end,
  neg = function(e, x) return -e.a:d(x) end,
  sin = function(e, x) return cos(e.a) * e.a:d(x) end,
  cos = function(e, x) return -(sin(e.a) * e.a:d(x)) end,
  exp = function(e, x) return exp(e.a) * e.a:d(x) end,
}
function E:d(x) return derive[self.op](self, x) end
local fold = {["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end, ["^"] = function(a, b) return a ^ b end}
local function is(e, v) return e.op == "num" and e.v == v end
function E:simplify()
  if self.op == "num" or self.op == "var" then return self end
  local a, b = self.a:simplify(), self.b and self.b:simplify()
  local op = self.op
  if b then
    if a.op == "num" and b.op == "num" then return num(fold[op](a.v, b.v)) end
    if op == "+" then if is(a, 0) then return b elseif is(b, 0) then return a end
    elseif op == "-" and is(b, 0) then return a
    elseif op == "*" then
      if is(a, 0) or is(b, 0) then return num(0) elseif is(a, 1) then return b elseif is(b, 1) then return a end
    elseif op == "/" and is(b, 1) then return a
    elseif op == "^" then if is(b, 1) then return a elseif is(b, 0) then return num(1) end end
  elseif op == "neg" and a.op == "num" then return num(-a.v) end
  return node(op)(a, b)
end
function E:eval(env)
  local op = self.op
  if op == "num" then return self.v elseif op == "var" then return env[self.n]
  elseif op == "neg" then return -self.a:eval(env)
  elseif self.b then return fold[op](self.a:eval(env), self.b:eval(env)) end
  return math[op](self.a:eval(env))
end
function E:emit(code)
  if self.op == "num" then code[#code + 1] = {"push", self.v}
  elseif self.op == "var" then code[#code + 1] = {"load", self.n}
  else
    self.a:emit(code)
    if self.b then self.b:emit(code) end
    code[#code + 1] = {self.op}
  end
  return code
end
local function run(code, env)
  local stack, top = {}, 0
  for pc = 1, #code do
    local i = code[pc]
    local op = i[1]
    if op == "push" then top = top + 1 stack[top] = i[2]
    elseif op == "load" then top = top + 1 stack[top] = env[i[2]]
    elseif op == "neg" then stack[top] = -stack[top]
    elseif fold[op] then top = top - 1 stack[top] = fold[op](stack[top], stack[top + 1])
    else stack[top] = math[op](stack[top]) end
  end
  return stack[top]
end
local function generate(e)
  local text = tostring(e):gsub("(%a+)%(", "math.%1(")
  return assert(loadstring("local x, y = ... return " .. text))
end
local x, y = var("x"), var("y")
local functions = {x ^ 3 + 2 * x * y - y / 4, sin(x) * cos(y) + exp(x / 10), (x + 1) ^ 5 / (y ^ 2 + 1), -(x - y) ^ 2 * sin(x * x)}
for _, f in ipairs(functions) do
  local dx = f:d("x"):simplify()
  local second = dx:d("y"):simplify()
  local machine, compiled = dx:emit({}), generate(dx)
  local same, sum = true, 0
  for i = 1, 30 * scale do
    local env = {x = i / 7, y = 3 - i / 5}
    local a, b, c = dx:eval(env), run(machine, env), compiled(env.x, env.y)
    same = same and a == b and math.abs(a - c) <= 1e-9 * math.abs(a)
    sum = sum + a + second:eval(env)
  end
  print(tostring(dx):sub(1, 60), #machine, same, ("%.6g"):format(sum))
end

local Matrix = {}
Matrix.__index = Matrix
local function matrix(rows, columns, f)
  local m = setmetatable({rows = rows, columns = columns}, Matrix)
  for i = 1, rows do m[i] = {} for j = 1, columns do m[i][j] = f(i, j) end end
  return m
end
Matrix.__mul = function(a, b)
  if type(a) == "number" then return matrix(b.rows, b.columns, function(i, j) return a * b[i][j] end) end
  return matrix(a.rows, b.columns, function(i, j) local s = 0 for k = 1, a.columns do s = s + a[i][k] * b[k][j] end return s end)
end
Matrix.__add = function(a, b) return matrix(a.rows, a.columns, function(i, j) return a[i][j] + b[i][j] end) end
Matrix.__sub = function(a, b) return a + -1 * b end
Matrix.__call = function(m, i, j) return m[i][j] end
Matrix.__eq = function(a, b)
  for i = 1, a.rows do for j = 1, a.columns do if math.abs(a[i][j] - b[i][j]) > 1e-6 then return false end end end
  return true
end
function Matrix:lu()
  local n, a, swaps, order = self.rows, matrix(self.rows, self.columns, function(i, j) return self[i][j] end), 0, {}
  for i = 1, n do order[i] = i end
  for k = 1, n do
    local best = k
    for i = k + 1, n do if math.abs(a[i][k]) > math.abs(a[best][k]) then best = i end end
    if best ~= k then a[k], a[best], order[k], order[best], swaps = a[best], a[k], order[best], order[k], swaps + 1 end
    for i = k + 1, n do
      local factor = a[i][k] / a[k][k]
      a[i][k] = factor
      for j = k + 1, n do a[i][j] = a[i][j] - factor * a[k][j] end
    end
  end
  return a, order, swaps
end
function Matrix:solve(b)
  local a, order = self:lu()
  local n, v = self.rows, {}
  for i = 1, n do v[i] = b[order[i]] for j = 1, i - 1 do v[i] = v[i] - a[i][j] * v[j] end end
  for i = n, 1, -1 do for j = i + 1, n do v[i] = v[i] - a[i][j] * v[j] end v[i] = v[i] / a[i][i] end
  return v
end
function Matrix:determinant()
  local a, _, swaps = self:lu()
  local d = swaps % 2 == 0 and 1 or -1
  for i = 1, self.rows do d = d * a[i][i] end
  return d
end
local n = 8 + 2 * scale
local m = matrix(n, n, function(i, j) return (i * 7 + j * j * 3) % 11 + (i == j and 10 or 0) end)
local b = {}
for i = 1, n do b[i] = i end
local solution = m:solve(b)
local check = 0
for i = 1, n do local s = 0 for j = 1, n do s = s + m(i, j) * solution[j] end check = check + math.abs(s - b[i]) end
print(check < 1e-9, ("%.8g"):format(m:determinant()), m * (m + m) == 2 * (m * m), (m - m)(2, 3), m == m + matrix(n, n, function() return 1 end))
--! out: ((3 * (x ^ 2)) + (2 * y))	9	true	632.878
--! out: ((cos(x) * cos(y)) + (exp((x / 10)) * 0.1))	12	true	-14.5527
--! out: (((5 * ((x + 1) ^ 4)) * ((y ^ 2) + 1)) / (((y ^ 2) + 1) ^ 2)	21	true	13938.9
--! out: ((-(2 * (x - y)) * sin((x * x))) + (-((x - y) ^ 2) * (cos((x	27	true	-77.4514
--! out: true	1.97e+11	true	0	false
