-- Loops whose bodies switch coroutines or call library sequences stay native behind each of them.
local produce = coroutine.wrap(function() local i = 0 while true do i = i + 1 coroutine.yield(i, i % 7, i % 3 == 0 and "three" or nil) end end)
local s, t = 0, {}
for i = 1, 400 do
  local x, a, name = produce()
  local b = x % 11
  s = s + a * b
  if a > b then s = s - 1 else s = s + 2 end
  if name then s = s + #name end
  t[#t % 64 + 1] = s
  local u = a * 2 + b * 3
  s = (s * 3 + u - #t + (u - a) % 5) % 1000003
end
print(s)
-- Multiple results made before the continuation begins.
local function count(...) return select("#", ...), ... end
local function pass(...) local n, first = count(...) return n + first end
local function chain(co, ...) return pass(co(...)) end
local various = coroutine.wrap(function() local i = 0 while true do i = i + 1 if i % 4 == 0 then coroutine.yield(i, 1, 2, 3) else coroutine.yield(i, 1) end end end)
local n, lists = 0, 0
for i = 1, 200 do
  n = n + chain(various)
  local list = {various()}
  lists = lists + #list + list[#list]
  n = n + select(2, pass(various()), 7)
end
print(n, lists)
-- A comparator and a callback that are functions; types that change behind the call.
local words = {}
for i = 1, 60 do words[i] = "w" .. (i * 37) % 61 end
local longest, total = "", 0
for i = 1, 60 do
  local list = {words[i], words[61 - i], words[i % 7 + 1]}
  table.sort(list, function(x, y) return #x < #y or #x == #y and x < y end)
  local text, replaced = table.concat(list, " "):gsub("%d+", function(d) total = total + d return i % 9 == 0 and "#" or nil end)
  if #text > #longest then longest = text end
  total = total + replaced + (i % 5 == 0 and 0.5 or 1)
end
print(longest, total)
-- The call behind which code goes on fails at times, in both ways.
local fails = setmetatable({}, {__index = function(_, k) if k % 10 == 3 then error("no " .. k, 0) end return k end})
local good, bad = 0, 0
for i = 1, 300 do
  local ok, v = pcall(rawget, fails, i)
  local ok2, w = pcall(function(k) return fails[k] + #tostring(coroutine.running() or "main") end, i)
  if ok2 then good = good + w else bad = bad + #w end
  local ok3, m = pcall(string.rep, i % 6 == 0 and {} or "x", 3)
  if ok3 then good = good + #m else bad = bad + 1 end
end
print(good, bad)
--! out: 858066
--! out: 61800	800
--! out: w13 w24 w37	5441
--! out: 42540	219
--! jit: min-native-loops 1
