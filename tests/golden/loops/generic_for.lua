-- Generic for: stateless, closure and table iterators, state and control values, nil ends it.
local function range(limit, i) if i < limit then return i + 1, (i + 1) * 2 end end
for i, v in range, 3, 0 do io.write(i, ":", v, " ") end print()
local function closure(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * i, i * i * i end end end
for a, b, c, d in closure(3) do io.write(a, b, c, tostring(d), " ") end print()
for k in closure(2) do io.write(k, " ") end print()
for k, v in ipairs{1, 2, nil, 4} do io.write(k, "=", v, " ") end print()
for k, v in next, {10} do io.write(k, "=", v, " ") end print()
for k, v in pairs{"x"} do io.write(k, "=", v, " ") end print()
for w in ("one two three"):gmatch("%a+") do io.write(w, ",") end print()
local calls = 0
for x in function() calls = calls + 1 if calls < 4 then return false == nil or calls end end do io.write(x, " ") end print(calls)
local callable = setmetatable({}, {__call = function(self, state, control) if control < state then return control + 1 end end})
for i in callable, 3, 0 do io.write(i, " ") end print()
for i, v in (function() return range, 2, 0, "ignored" end)() do io.write(i, v, " ") end print()
local t = setmetatable({}, {__index = function(t, i) if i <= 3 then return i * 5 end end})
for i, v in ipairs(t) do io.write(i, "=", v, " ") end print()
local function map(f, iter, s, c) return function(s, c) local k, v = iter(s, c) if k then return k, f(v) end end, s, c end
for i, v in map(function(v) return v * v end, ipairs{1, 2, 3}) do io.write(v, " ") end print()
local log = {}
for i, v in ipairs{"a", "b", "c", "d"} do if v == "c" then break end log[#log + 1] = v end
print(table.concat(log))
local function tree(t)
  return coroutine.wrap(function()
    local function walk(n) if n then walk(n.l) coroutine.yield(n.v) walk(n.r) end end
    walk(t)
  end)
end
for v in tree{v = 2, l = {v = 1}, r = {v = 4, l = {v = 3}}} do io.write(v, " ") end print()
local first = {}
for k, v in ipairs{5, 6} do k = k * 100 v = v * 100 first[#first + 1] = k + v end
print(unpack(first))
for a, b in ipairs{1} do for a, b in ipairs{2, 3} do io.write(a, b, " ") end io.write(a, b, " ") end print()
--! out: 1:2 2:4 3:6 
--! out: 111nil 248nil 3927nil 
--! out: 1 2 
--! out: 1=1 2=2 
--! out: 1=10 
--! out: 1=x 
--! out: one,two,three,
--! out: 1 2 3 4
--! out: 1 2 3 
--! out: 12 24 
--! out:
--! out: 1 4 9 
--! out: ab
--! out: 1 2 3 4 
--! out: 600	800
--! out: 12 23 11 
