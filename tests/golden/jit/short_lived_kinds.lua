-- Each table has a metatable of its own, which dies with it: variables in scopes, as an interpreter written in Lua keeps them.
-- Between the rounds everything dies that native code has seen.
local function scope(outer) return setmetatable({}, { __index = outer, outer = outer }) end

local function look_up(variables, name) return variables[name] end
local function declare(variables, name, value) variables[name] = value end
local function assign(variables, name, value)
  while variables and rawget(variables, name) == nil do variables = getmetatable(variables).outer end
  if not variables then return false end
  variables[name] = value
  return true
end

local names = { "a", "b", "c", "d", "e" }
local results = {}
for round = 1, 12 do
  local outermost = scope(nil)
  declare(outermost, "sum", 0)
  local misses = 0
  for i = 1, 60 do
    local variables = outermost
    for depth = 1, i % 4 do
      variables = scope(variables)
      declare(variables, names[depth], i * depth)
      variables.depth = depth
    end
    for _, name in ipairs(names) do
      local value = look_up(variables, name)
      if value then assign(variables, "sum", look_up(variables, "sum") + value) else misses = misses + 1 end
    end
    if not assign(variables, "missing", i) then misses = misses + 1 end
    assign(variables, "sum", variables.sum + (variables.depth or 0))
  end
  results[round] = outermost.sum .. "/" .. misses
  collectgarbage()
end
print(results[1], results[2], results[12])
--! out: 4665/270	4665/270	4665/270

-- The place sees other things later: tables that last, functions as handlers, no table at all.
local lasting = setmetatable({}, { __index = function(_, name) return "no " .. name end })
local found = {}
for i = 1, 100 do found[i % 3] = look_up(i % 3 == 0 and lasting or { x = i }, "x") end
print(found[0], found[1], found[2], (pcall(look_up, nil, "x")))
--! out: no x	100	98	false
--! jit: min-native-loops 1
