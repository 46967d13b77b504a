-- A small interpreter for a subset of Lua, written in Lua: lexer, Pratt parser to closures, environments.
local function lex(src)
  local toks, pos = {}, 1
  local words = {}
  for w in ("local function if then else elseif end while do return and or not true false nil for"):gmatch("%a+") do words[w] = true end
  while true do
    pos = src:find("%S", pos)
    if not pos then break end
    local s, e, m = src:find("^([%a_][%w_]*)", pos)
    if s then toks[#toks + 1] = {words[m] and m or "name", m}
    else
      s, e, m = src:find("^(%d+%.?%d*)", pos)
      if s then toks[#toks + 1] = {"number", tonumber(m)}
      else
        s, e, m = src:find('^"([^"]*)"', pos)
        if s then toks[#toks + 1] = {"string", m}
        else
          s, e, m = src:find("^([=~<>]=)", pos)
          if not s then s, e, m = src:find("^(%.%.)", pos) end
          if not s then s, e, m = src:find("^(.)", pos) end
          toks[#toks + 1] = {m, m}
        end
      end
    end
    pos = e + 1
  end
  toks[#toks + 1] = {"eof"}
  return toks
end
local RETURN = {}
local function compile(src)
  local toks, p = lex(src), 1
  local expr, block
  local function peek() return toks[p][1] end
  local function take(kind)
    local t = toks[p]
    if kind and t[1] ~= kind then error("expected " .. kind .. " got " .. t[1], 0) end
    p = p + 1
    return t[2]
  end
  local function lookup(env, n) while env do if env.vars[n] ~= nil then return env end env = env.up end end
  local function args()
    take("(")
    local list = {}
    if peek() ~= ")" then repeat list[#list + 1] = expr(0) until peek() ~= "," or not take(",") end
    take(")")
    return list
  end
  local function func()
    take("(")
    local params = {}
    if peek() ~= ")" then repeat params[#params + 1] = take("name") until peek() ~= "," or not take(",") end
    take(")")
    local body = block()
    take("end")
    return function(env)
      return function(...)
        local vars = {}
        for i = 1, #params do vars[params[i]] = (select(i, ...)) end
        local r, v = body({vars = vars, up = env})
        if r == RETURN then return v end
      end
    end
  end
  local function primary()
    local k = peek()
    local e
    if k == "number" or k == "string" then local v = take() e = function() return v end
    elseif k == "true" or k == "false" then local v = take() == "true" e = function() return v end
    elseif k == "nil" then take() e = function() return nil end
    elseif k == "(" then take() e = expr(0) take(")")
    elseif k == "-" then take() local r = expr(7) e = function(env) return -r(env) end
    elseif k == "not" then take() local r = expr(7) e = function(env) return not r(env) end
    elseif k == "#" then take() local r = expr(7) e = function(env) return #r(env) end
    elseif k == "function" then take() e = func()
    elseif k == "{" then
      take()
      local items = {}
      while peek() ~= "}" do items[#items + 1] = expr(0) if peek() == "," then take() end end
      take("}")
      e = function(env) local t = {} for i = 1, #items do t[i] = items[i](env) end return t end
    else
      local n = take("name")
      e = function(env) local s = lookup(env, n) return s and s.vars[n] end
    end
    while true do
      k = peek()
      if k == "(" then
        local f, a = e, args()
        if #a == 1 then local a1 = a[1] e = function(env) return f(env)(a1(env)) end
        else e = function(env) local v = {} for i = 1, #a do v[i] = a[i](env) end return f(env)(unpack(v, 1, #a)) end end
      elseif k == "[" then take() local t, i = e, expr(0) take("]") e = function(env) return t(env)[i(env)] end
      elseif k == "." then take() local t, n = e, take("name") e = function(env) return t(env)[n] end
      else return e end
    end
  end
  local prec = {["or"] = 1, ["and"] = 2, ["<"] = 3, [">"] = 3, ["<="] = 3, [">="] = 3, ["=="] = 3, ["~="] = 3, [".."] = 4, ["+"] = 5, ["-"] = 5, ["*"] = 6, ["/"] = 6, ["%"] = 6}
  local ops = {
    ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
    ["/"] = function(a, b) return a / b end, ["%"] = function(a, b) return a % b end, [".."] = function(a, b) return a .. b end,
    ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end, ["<="] = function(a, b) return a <= b end,
    [">="] = function(a, b) return a >= b end, ["=="] = function(a, b) return a == b end, ["~="] = function(a, b) return a ~= b end}
  function expr(min)
    local l = primary()
    while true do
      local op = peek()
      local pr = prec[op]
      if not pr or pr <= min then return l end
      take()
      local a, b = l, expr(op == ".." and pr - 1 or pr)
      if op == "and" then l = function(env) return a(env) and b(env) end
      elseif op == "or" then l = function(env) return a(env) or b(env) end
      else local f = ops[op] l = function(env) return f(a(env), b(env)) end end
    end
  end
  local function statement()
    local k = peek()
    if k == "local" then
      take()
      if peek() == "function" then take() local n = take("name") local f = func() return function(env) env.vars[n] = false env.vars[n] = f(env) end end
      local n = take("name")
      take("=")
      local e = expr(0)
      return function(env) env.vars[n] = e(env) end
    elseif k == "if" then
      local conds, blocks, other = {}, {}, nil
      repeat take() conds[#conds + 1] = expr(0) take("then") blocks[#blocks + 1] = block() until peek() ~= "elseif"
      if peek() == "else" then take() other = block() end
      take("end")
      return function(env)
        for i = 1, #conds do if conds[i](env) then return blocks[i]({vars = {}, up = env}) end end
        if other then return other({vars = {}, up = env}) end
      end
    elseif k == "while" then
      take()
      local c = expr(0)
      take("do")
      local b = block()
      take("end")
      return function(env) while c(env) do local r, v = b({vars = {}, up = env}) if r then return r, v end end end
    elseif k == "for" then
      take()
      local n = take("name")
      take("=")
      local from = expr(0)
      take(",")
      local to = expr(0)
      take("do")
      local b = block()
      take("end")
      return function(env) for i = from(env), to(env) do local r, v = b({vars = {[n] = i}, up = env}) if r then return r, v end end end
    elseif k == "return" then take() local e = expr(0) return function(env) return RETURN, e(env) end end
    local start = p
    local e = primary()
    if peek() ~= "=" then return function(env) e(env) end end
    take()
    local v = expr(0)
    local n = toks[start][2]
    if toks[start + 1][1] == "=" then return function(env) local s = lookup(env, n) or env s.vars[n] = v(env) end end
    -- an indexed target: compile its prefix again without the last index
    local stop = p
    local depth, open = 0, nil
    local eq = start
    while toks[eq][1] ~= "=" do eq = eq + 1 end
    for i = eq - 1, start, -1 do
      if toks[i][1] == "]" then depth = depth + 1 elseif toks[i][1] == "[" then depth = depth - 1 if depth == 0 then open = i break end end
    end
    p = open + 1
    local index = expr(0)
    local saved = toks[open]
    toks[open] = {"eof"}
    p = start
    local target = primary()
    toks[open] = saved
    p = stop
    return function(env) target(env)[index(env)] = v(env) end
  end
  function block()
    local list = {}
    while true do
      local k = peek()
      if k == "end" or k == "else" or k == "elseif" or k == "eof" then break end
      list[#list + 1] = statement()
      if k == "return" then break end
    end
    local n = #list
    return function(env) for i = 1, n do local r, v = list[i](env) if r then return r, v end end end
  end
  local b = block()
  take("eof")
  return b
end
local function run(src)
  local out = {}
  local env = {vars = {emit = function(v) out[#out + 1] = tostring(v) end, floor = math.floor}}
  local _, v = compile(src)(env)
  return table.concat(out, " "), v
end
print(run [[
  local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
  emit(fib(10))
  local t = {1, 2, 3}
  t[4] = t[1] + t[3]
  local i = 1
  while i <= #t do emit(t[i] * 10) i = i + 1 end
  return "done"
]])
print(run [[
  local flags = {}
  local count = 0
  for i = 2, 60 do flags[i] = true end
  for i = 2, 60 do
    if flags[i] then count = count + 1 local k = i + i while k <= 60 do flags[k] = false k = k + i end end
  end
  return count
]])
print(run [[
  local function counter() local n = 0 return function(d) n = n + d return n end end
  local a = counter() local b = counter()
  a(5) a(6)
  emit(a(1)) emit(b(1))
  local s = ""
  for i = 1, 5 do if i % 2 == 0 then s = s .. "e" elseif i == 3 then s = s .. "three" else s = s .. "o" end end
  return s .. "|" .. #s
]])
print(run "local x = 2 + 3 * 4 - 1 local m = {{1, 2}, {3, 4}} m[2][1] = x return m[2][1] == 13 and not (x < 5) and \"yes\" or \"no\"")
print(pcall(run, "local x = = 1")) print(pcall(run, "return 1 + nil"))
--! out: 55 10 20 30 40	done
--! out: 	17
--! out: 12 1	oethreeeo|9
--! out: 	yes
--! out: false	expected name got =
--! out: false	lua_in_lua.lua:99: attempt to perform arithmetic on local 'b' (a nil value)
--! jit: min-native-loops 1
