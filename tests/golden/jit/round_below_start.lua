-- A function's trace returns to the function below, which calls itself in tail position and then comes back to the trace's start: a
-- round goes through the frames below. What the round before left in a slot counts only until a library function puts results
-- there, and is what cells close over. (Each program is loaded several times, so that JIT stress lets different guards fail.)
local programs = {}
programs.results = [[
  local function same(x) return x end
  local function join(...) return table.concat({ ... }) end
  local letters = { "a", "b", "c", "d", "e" }
  local out
  local function run(i, n)
    out[i] = same(i)
    local s = join(unpack(letters, 1, i % 5 + 1))
    out[i] = out[i] .. s
    if i < n then return run(i + 1, n) end
  end
  for _ = 1, 10 do out = {} run(1, 12) end
  return table.concat(out, " ")
]]
programs.cells = [[
  local function same(x) return x end
  local kept = {}
  local function run(i, n)
    do
      local x = i
      kept[#kept + 1] = function() x = x + 1 return x end
      x = x * 10
      if i > 0 then same(i) end
    end
    if i < n then return run(i + 1, n) end
  end
  for _ = 1, 5 do run(1, 10) end
  local sum = 0
  for k = 1, #kept do sum = sum + kept[k]() end
  return sum, kept[1](), kept[20](), kept[50]()
]]
-- To the frame below by an error.
programs.errors = [[
  local function fail(v) error(v, 0) end
  local kept = {}
  local function run(i, n)
    do
      local ok, e = pcall(fail, i)
      local text = tostring(string.format("%d %s", e, type(ok)))
      kept[#kept + 1] = function() e = e + 1 return e, text end
      e = e * 10
    end
    if i < n then return run(i + 1, n) end
  end
  for _ = 1, 5 do run(1, 10) end
  return #kept, kept[1](), kept[23](), kept[50]()
]]
for _, name in ipairs { "results", "cells", "errors" } do
  local load_again = function() return table.concat({ loadstring(programs[name])() }, " ") end
  local first = load_again()
  for _ = 1, 12 do assert(load_again() == first, name) end
  print(first)
end
--! out: 1ab 2abc 3abcd 4abcde 5a 6ab 7abc 8abcd 9abcde 10a 11ab 12abc
--! out: 2800 12 102 102
--! out: 50 11 31 101 10 boolean
