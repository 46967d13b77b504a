-- Variables by number: parameters, the implicit `arg`, locals, temporaries.
local function list(level)
  local t, i = {}, 1
  while true do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    t[i] = name .. "=" .. (type(value) == "table" and "table " .. tostring(value.n) or tostring(value))
    i = i + 1
  end
  return table.concat(t, " ")
end

print((function(a, ...) local b = a; return (list(1)) end)(1, 2, 3))
print((function(a, ...) local b = ...; return (list(1)) end)(1, 2, 3))
print((function(...) local b = arg.n; local s = list(1); return s end)(1, 2, 3))

local function set(...)
  local x, y = 1, 2
  print(debug.setlocal(1, 2, "changed"), debug.setlocal(1, 3, "too"), debug.setlocal(1, 20, 0))
  return x, y
end
print(set())

print(debug.getlocal(0, 1))
print(debug.getlocal(0, 2))
print(debug.getlocal(0, 3))
local function temporary()
  print(debug.getlocal(2, 3))
  print(debug.getlocal(2, 4))
  debug.setlocal(2, 3, 10)
  return 20
end
local function uses(a, b) return (a + 1) + temporary() end
print(uses(0, 0))
print(pcall(debug.getlocal, 50, 1))
print(pcall(debug.getlocal, 1))
--! out: a=1 arg=table 2 b=1
--! out: a=1 arg=nil b=2
--! out: arg=table 3 b=3
--! out: x	y	nil
--! out: changed	too
--! out: (*temporary)	0
--! out: (*temporary)	2
--! out: nil
--! out: (*temporary)	1
--! out: nil
--! out: 30
--! out: false	bad argument #1 to '?' (level out of range)
--! out: false	bad argument #2 to '?' (number expected, got no value)
