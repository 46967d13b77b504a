-- Errors thrown from hot code: inside pcall in the loop, out of the loop, from callees, late, with values.
local function f(i) if i % 10 == 0 then error("e" .. i, 0) end return i end
local good, bad = 0, 0
for i = 1, 200 do local ok, v = pcall(f, i) if ok then good = good + v else bad = bad + #v end end
print(good, bad)
local function loop(n, at) local s = 0 for i = 1, n do if i == at then error({at = i, s = s}) end s = s + i end return s end
print(loop(100, 0))
local ok, e = pcall(loop, 100, 90)
print(ok, e.at, e.s)
local where = {}
for r = 1, 5 do local ok, m = pcall(function() local t = {} for i = 1, 50 do if i == 45 then t = nil end t.x = i end end) where[r] = m end
print(where[1], where[5] == where[1])
print(pcall(function() for i = 1, 100 do local x = i if i == 99 then x = x .. {} end end end))
print(pcall(function() local s = 0 for i = 1, 100 do s = s + (i < 95 and i or nil) end end))
print(pcall(function() local t = {} for i = 1, 100 do t[i < 98 and i or nil] = i end end))
print(pcall(function() for i = 1, 100 do local r = i < (i == 97 and "x" or 1000) end end))
print(pcall(function() local o = {m = function() end} for i = 1, 100 do if i == 96 then o.m = nil end o:m() end end))
print(pcall(function() local s = "" for i = 1, 100 do if i > 94 then s = nil end s = s:sub(1, 0) .. "" end end))
print(pcall(function() for i = 1, 100 do string.rep(i < 93 and "x" or nil, 1) end end))
local count, depth = 0, 0
local function rec(n) depth = depth + 1 if n == 0 then error("bottom", 0) end return rec(n - 1) + 1 end
for i = 1, 30 do if not pcall(rec, i) then count = count + 1 end end
print(count, depth)
local log = {}
for i = 1, 40 do
  local ok, m = xpcall(function() if i % 8 == 0 then local x = nil + i end return i end, function(m) return "H:" .. m:match(":(%d+):") end)
  if not ok then log[#log + 1] = m end
end
print(#log, log[1])
local closed = {}
for i = 1, 20 do pcall(function() local v = i closed[i] = function() v = v + 1 return v end if i % 2 == 0 then error() end end) end
local sum = 0
for i = 1, 20 do sum = sum + closed[i]() + closed[i]() end
print(sum)
local nested = 0
for i = 1, 50 do
  local ok = pcall(function() local ok2, m = pcall(error, i) nested = nested + m if i % 5 == 0 then error(m) end end)
  if not ok then nested = nested + 1000 end
end
print(nested)
local co = coroutine.wrap(function() for i = 1, 100 do coroutine.yield(i) if i == 60 then error("co", 0) end end end)
local got = 0
while true do local ok, v = pcall(co) if not ok then print(v) break end got = got + v end
print(got)
--! out: 18000	71
--! out: 5050
--! out: false	90	4005
--! out: errors_in_loops.lua:11: attempt to index local 't' (a nil value)	true
--! out: false	errors_in_loops.lua:13: attempt to concatenate a table value
--! out: false	errors_in_loops.lua:14: attempt to perform arithmetic on a nil value
--! out: false	errors_in_loops.lua:15: table index is nil
--! out: false	errors_in_loops.lua:16: attempt to compare number with string
--! out: false	errors_in_loops.lua:17: attempt to call method 'm' (a nil value)
--! out: false	errors_in_loops.lua:18: attempt to index local 's' (a nil value)
--! out: false	errors_in_loops.lua:19: bad argument #1 to 'rep' (string expected, got nil)
--! out: 30	495
--! out: 5	H:26
--! out: 480
--! out: 11275
--! out: co
--! out: 1830
--! jit: min-native-loops 1
