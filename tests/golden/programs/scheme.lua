-- A Scheme: reader, macro-free core, closures, tail calls by a loop, call/cc by errors, lists.
local scale = tonumber((...)) or 1
local Pair = {}
Pair.__index = Pair
local NIL = setmetatable({}, {__tostring = function() return "()" end})
local function cons(a, d) return setmetatable({car = a, cdr = d}, Pair) end
local function list(...)
  local l = NIL
  for i = select("#", ...), 1, -1 do l = cons((select(i, ...)), l) end
  return l
end
local Symbol, symbols = {__tostring = function(s) return s.name end}, {}
local function symbol(name)
  local s = symbols[name]
  if not s then s = setmetatable({name = name}, Symbol) symbols[name] = s end
  return s
end
local function show(v)
  if getmetatable(v) == Pair then
    local parts = {}
    while getmetatable(v) == Pair do parts[#parts + 1] = show(v.car) v = v.cdr end
    if v ~= NIL then parts[#parts + 1] = ". " .. show(v) end
    return "(" .. table.concat(parts, " ") .. ")"
  elseif v == true then return "#t" elseif v == false then return "#f"
  elseif type(v) == "string" then return ("%q"):format(v)
  elseif type(v) == "table" and v.lambda then return "#<lambda>"
  elseif type(v) == "function" then return "#<primitive>" end
  return tostring(v)
end

local function reader(text)
  local tokens = {}
  for token in text:gsub(";[^\n]*", ""):gsub("[()']", " %0 "):gmatch("%S+") do tokens[#tokens + 1] = token end
  local at = 0
  local function read()
    at = at + 1
    local t = tokens[at]
    if not t then return nil end
    if t == "(" then
      local items = {}
      while tokens[at + 1] ~= ")" do
        if not tokens[at + 1] then error("unexpected end", 0) end
        items[#items + 1] = read()
      end
      at = at + 1
      return list(unpack(items))
    elseif t == "'" then return list(symbol("quote"), read())
    elseif t == "#t" then return true elseif t == "#f" then return false
    elseif t:sub(1, 1) == "\"" then return t:sub(2, -2) end
    return tonumber(t) or symbol(t)
  end
  return read
end

local Env = {}
Env.__index = Env
local function scope(outer) return setmetatable({vars = {}, outer = outer}, Env) end
function Env:find(s)
  local e = self
  while e do
    if e.vars[s] ~= nil then return e end
    e = e.outer
  end
  error("unbound " .. s.name, 0)
end

local special = {}
local eval
local function apply(f, arguments)
  if type(f) == "function" then return f(unpack(arguments)) end
  local env = scope(f.env)
  local p, i = f.parameters, 1
  while getmetatable(p) == Pair do
    if arguments[i] == nil then error("too few arguments", 0) end
    env.vars[p.car] = arguments[i]
    p, i = p.cdr, i + 1
  end
  if p ~= NIL then env.vars[p] = list(unpack(arguments, i)) end
  local result
  local body = f.body
  while body ~= NIL do result = eval(body.car, env) body = body.cdr end
  return result
end
function eval(x, env)
  while true do
    if getmetatable(x) == Symbol then return env:find(x).vars[x] end
    if getmetatable(x) ~= Pair then return x end
    local head = x.car
    local form = getmetatable(head) == Symbol and special[head.name]
    if form then
      local again, value, where = form(x.cdr, env)
      if not again then return value end
      x, env = value, where or env
    else
      local f, arguments, rest = eval(head, env), {}, x.cdr
      while rest ~= NIL do
        arguments[#arguments + 1] = eval(rest.car, env)
        rest = rest.cdr
      end
      if type(f) == "table" and f.lambda then
        local inner, p, i = scope(f.env), f.parameters, 1
        while getmetatable(p) == Pair do
          if arguments[i] == nil then error("too few arguments", 0) end
          inner.vars[p.car] = arguments[i]
          p, i = p.cdr, i + 1
        end
        if p ~= NIL then inner.vars[p] = list(unpack(arguments, i)) end
        local body = f.body
        while body.cdr ~= NIL do eval(body.car, inner) body = body.cdr end
        x, env = body.car, inner
      elseif type(f) == "function" then return f(unpack(arguments))
      else error("not applicable: " .. show(f), 0) end
    end
  end
end
special["quote"] = function(a) return false, a.car end
special["if"] = function(a, env)
  if eval(a.car, env) ~= false then return true, a.cdr.car end
  if a.cdr.cdr == NIL then return false, NIL end
  return true, a.cdr.cdr.car
end
special["define"] = function(a, env)
  if getmetatable(a.car) == Pair then
    env.vars[a.car.car] = {lambda = true, parameters = a.car.cdr, body = a.cdr, env = env}
    return false, a.car.car
  end
  env.vars[a.car] = eval(a.cdr.car, env)
  return false, a.car
end
special["set!"] = function(a, env) env:find(a.car).vars[a.car] = eval(a.cdr.car, env) return false, NIL end
special["lambda"] = function(a, env) return false, {lambda = true, parameters = a.car, body = a.cdr, env = env} end
special["begin"] = function(a, env)
  while a.cdr ~= NIL do eval(a.car, env) a = a.cdr end
  return true, a.car
end
special["let"] = function(a, env)
  local inner, bindings = scope(env), a.car
  while bindings ~= NIL do
    inner.vars[bindings.car.car] = eval(bindings.car.cdr.car, env)
    bindings = bindings.cdr
  end
  local body = a.cdr
  while body.cdr ~= NIL do eval(body.car, inner) body = body.cdr end
  return true, body.car, inner
end
special["cond"] = function(a, env)
  while a ~= NIL do
    local clause = a.car
    if clause.car == symbol("else") or eval(clause.car, env) ~= false then return true, cons(symbol("begin"), clause.cdr) end
    a = a.cdr
  end
  return false, NIL
end
special["and"] = function(a, env)
  local value = true
  while a ~= NIL do value = eval(a.car, env) if value == false then return false, false end a = a.cdr end
  return false, value
end

local global = scope()
local primitives = {
  ["+"] = function(...) local s = 0 for i = 1, select("#", ...) do s = s + select(i, ...) end return s end,
  ["*"] = function(...) local s = 1 for _, v in ipairs{...} do s = s * v end return s end,
  ["-"] = function(a, b) return b and a - b or -a end, ["/"] = function(a, b) return a / b end,
  ["="] = function(a, b) return a == b end, ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end,
  ["modulo"] = function(a, b) return a % b end, ["cons"] = cons, ["list"] = list,
  ["car"] = function(p) if getmetatable(p) ~= Pair then error("car of " .. show(p), 0) end return p.car end,
  ["cdr"] = function(p) return p.cdr end, ["null?"] = function(p) return p == NIL end, ["eq?"] = rawequal,
  ["pair?"] = function(p) return getmetatable(p) == Pair end, ["not"] = function(v) return v == false end,
  ["apply"] = function(f, l) local a = {} while l ~= NIL do a[#a + 1] = l.car l = l.cdr end return apply(f, a) end,
}
primitives["call/cc"] = function(f)
  local tag = {}
  local ok, result = pcall(apply, f, {function(v) tag.value = v error(tag, 0) end})
  if ok then return result elseif result == tag then return tag.value end
  error(result, 0)
end
for name, f in pairs(primitives) do global.vars[symbol(name)] = f end

local function run(text)
  local read, results = reader(text), {}
  while true do
    local form = read()
    if form == nil then return table.concat(results, " ") end
    local ok, value = pcall(eval, form, global)
    results[#results + 1] = ok and show(value) or "error: " .. tostring(value)
  end
end
print(run("(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib " .. 10 + 2 * scale .. ")"))
print(run("(define (loop i acc) (if (= i 0) acc (loop (- i 1) (+ acc i)))) (loop " .. 3000 * scale .. " 0)"))
print(run([[
(define (map f l) (if (null? l) '() (cons (f (car l)) (map f (cdr l)))))
(define (filter p l) (cond ((null? l) l) ((p (car l)) (cons (car l) (filter p (cdr l)))) (else (filter p (cdr l)))))
(define (fold f a l) (if (null? l) a (fold f (f a (car l)) (cdr l))))
(define (iota n) (let ((go '())) (set! go (lambda (i l) (if (= i 0) l (go (- i 1) (cons i l))))) (go n '())))
(define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
(define (sort l) (if (null? l) l (let ((p (car l)) (r (cdr l)))
  (append (sort (filter (lambda (x) (< x p)) r)) (cons p (sort (filter (lambda (x) (not (< x p))) r)))))))
(map (lambda (x) (* x x)) (iota 8))
(sort (map (lambda (x) (modulo (* x 37) 41)) (iota 20)))
(fold + 0 (filter (lambda (x) (= 0 (modulo x 3))) (iota 99)))
(define counter ((lambda (n) (lambda () (set! n (+ n 1)) n)) 0))
(list (counter) (counter) (counter))
(call/cc (lambda (k) (+ 1 (k 42))))
((lambda (a . rest) (list a rest)) 1 2 3)
(apply + '(1 2 3)) (and 1 #f 2) (car '()) unknown ("no" 1) '(a . (b)) (if #f 1)]]))
--! out: fib 144
--! out: loop 4501500
--! out: map filter fold iota append sort (1 4 9 16 25 36 49 64) (1 2 5 6 9 10 13 14 17 18 21 22 25 26 29 30 33 34 37 38) 1683 counter (1 2 3) 42 (1 3) 6 #f error: car of () error: unbound unknown error: not applicable: "no" (a . (b)) ()
