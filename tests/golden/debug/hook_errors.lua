-- What a hook may do: fail, look, change the hook, call natives; not yield.
local n = 0
debug.sethook(function()
  n = n + 1
  if n == 5 then error("in the hook") end
end, "l")
print(pcall(function()
  local a = 1
  local b = 2
  local c = 3
end))
debug.sethook()
print(n)

-- A native function as hook; the events of a failed hook go on.
local function failing()
  debug.sethook(error, "l")
  local a = 1
end
for i = 1, 2 do
  local ok, message = pcall(failing); debug.sethook(); print(ok, message)
end

local co = coroutine.create(function()
  debug.sethook(function() coroutine.yield(1) end, "l")
  local x = 1
  return x
end)
print(coroutine.resume(co))

-- The hook itself has no hook, what it calls neither, even when errors are caught in it.
local depth, most = 0, 0
debug.sethook(function()
  depth = depth + 1
  most = math.max(most, depth)
  pcall(error, "caught")
  local t = {}
  for i = 1, 3 do t[i] = tostring(i) end
  depth = depth - 1
end, "crl", 1)
for i = 1, 20 do
  local s = ("x"):rep(i)
end
debug.sethook()
print(depth, most)

-- A hook that sets another one.
local seen = {}
local function later(event, line) seen[#seen + 1] = event .. ":" .. tostring(line) end
debug.sethook(function() debug.sethook(later, "l") end, "c")
local function f(a, b, ...)
  local c = a + b
  return c
end
f(1, 2, 3)
debug.sethook()
print(table.concat(seen, " "))

-- Variables of the function that a hook interrupts.
local names
local function g(x, y, ...)
  local z = x .. y
  return z
end
debug.sethook(function(event, line)
  if debug.getinfo(2, "f").func ~= g then return end
  local i, list = 1, {}
  while true do
    local name, value = debug.getlocal(2, i)
    if not name then break end
    if name ~= "(*temporary)" then list[#list + 1] = name .. "=" .. (type(value) == "table" and "table " .. value.n or tostring(value)) end
    i = i + 1
  end
  names = names or {}
  names[#names + 1] = event .. "(" .. table.concat(list, ", ") .. ")"
end, "cl")
g("a", "b", "c", "d")
debug.sethook()
print(table.concat(names, "\n"))

-- Multiple results survive an event between them and their use.
local function three() return 1, 2, 3 end
local count = 0
debug.sethook(function() count = count + 1; collectgarbage() end, "crl", 1)
local t = {
  three()
}
local m = select("#",
  three(
  ))
debug.sethook()
print(#t, m, count > 5)
--! out: false	hook_errors.lua:5: in the hook
--! out: 6
--! out: false	line
--! out: false	line
--! out: false	attempt to yield across metamethod/C-call boundary
--! out: 0	1
--! out: line:52 line:53 line:56
--! out: call(x=a, y=b, arg=table 2)
--! out: line(x=a, y=b, arg=table 2)
--! out: line(x=a, y=b, arg=table 2, z=ab)
--! out: 3	3	true
