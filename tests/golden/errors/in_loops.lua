-- Errors thrown in the middle of loops of all kinds, and what is left afterwards.
local t = {}
local ok, m = pcall(function() for i = 1, 10 do t[i] = i if i == 5 then error("at " .. i, 0) end end end)
print(ok, m, #t)
local sum, errors = 0, 0
for i = 1, 100 do
  local ok, v = pcall(function(x) if x % 7 == 0 then error({x = x}) end if x % 11 == 0 then return nil + x end return x end, i)
  if ok then sum = sum + v elseif type(v) == "table" then errors = errors + v.x else errors = errors + 1000 end
end
print(sum, errors)
local function risky(i) local a = {} if i == 37 then a = nil end return a.x end
local where
for i = 1, 100 do local ok, e = pcall(risky, i) if not ok then where = i .. " " .. e end end
print(where)
local closed
pcall(function() for i = 1, 5 do local v = i closed = function() return v end if i == 3 then error() end end end)
print(closed())
local n = 0
local function finally(f, g) local r = {pcall(f)} g() if not r[1] then error(r[2], 0) end return unpack(r, 2) end
for i = 1, 10 do pcall(finally, function() if i % 2 == 0 then error("even") end end, function() n = n + 1 end) end
print(n)
local co = coroutine.wrap(function() for i = 1, 3 do print(pcall(error, i)) coroutine.yield(i) end end)
print(co(), co())
local depth = {}
local function rec(n) depth[#depth + 1] = n if n == 0 then error("bottom", 0) end rec(n - 1) end
for i = 1, 5 do pcall(rec, i) end
print(#depth, table.concat(depth))
print(pcall(string.gsub, "abc", "%w", function(c) if c == "b" then error("in callback " .. c, 0) end end))
print(pcall(table.sort, {3, 2, 1}, function(a, b) error("in comparison", 0) end))
print(pcall(function() for k in pairs({1, 2}) do for w in ("a b"):gmatch("%a") do error(w .. k, 0) end end end))
print(pcall(function() local s = "" for i = 1, 10 do s = s .. (i < 5 and i or {}) end end))
print(pcall(function() for i, v in ipairs{1, 2, "x", 4} do v = v + 1 end end))
print(pcall(function() local i = 0 while true do i = i + 1 if i > 20 then local q = i < {} end end end))
print(pcall(function() local i = 0 repeat i = i + 1 until i > 10 and i.x end))
--! out: false	at 5	5
--! out: 3897	8735
--! out: 37 in_loops.lua:11: attempt to index local 'a' (a nil value)
--! out: 3
--! out: 10
--! out: false	1
--! out: false	2
--! out: 1	2
--! out: 20	10210321043210543210
--! out: false	in callback b
--! out: false	in comparison
--! out: false	a1
--! out: false	in_loops.lua:31: attempt to concatenate a table value
--! out: false	in_loops.lua:32: attempt to perform arithmetic on local 'v' (a string value)
--! out: false	in_loops.lua:33: attempt to compare number with table
--! out: false	in_loops.lua:34: attempt to index local 'i' (a number value)
