-- Protected calls are inlined, and errors that they catch are jumps.
local N = 300
local function half(x) if x % 2 == 1 then error("odd", 0) end return x / 2, x end
local function bad(x) if x % 3 == 0 then error("three") elseif x % 3 == 1 then error({code = x}) else local y = x.field.z return y end end
local function cap(x) local v = x; local function g() v = v + 1; return v end; if x % 5 == 0 then error(g) end; g() return v end
local s, e = 0, 0
local msgs = {}
for i = 1, N do
  local ok, a, b = pcall(half, i)
  if ok then s = s + a + b else e = e + #a end
  local ok2, m = pcall(bad, i)
  if type(m) == "table" then e = e + m.code % 7 else msgs[m] = (msgs[m] or 0) + 1 end
  local ok3, w = xpcall(function() return half(i) end, function(m) return "H" .. m end)
  if not ok3 then e = e + #w else s = s + w end
  local ok4, c = pcall(cap, i)
  if ok4 then s = s + c else s = s + c() + c() end
  s = s + select('#', pcall(half, 4)) + select('#', pcall(half, 3))
  local t = {pcall(half, i)}
  s = s + #t
  local ok5, ok6, r = pcall(pcall, half, i)
  if ok6 then s = s + r end
  local okk, okkk, rr = pcall(function(j) return pcall(half, j) end, i)
  if okkk then s = s + rr end
  local o, u, v = pcall(function() local o, m = pcall(error, "x"); error(m, 0) end)
  s = s + #u
end
print(s, e)
local k = {} for m in pairs(msgs) do k[#k+1] = m end table.sort(k) for _, m in ipairs(k) do print(m, msgs[m]) end
--! out: 125220	1349
--! out: protected_calls.lua:4: attempt to index local 'x' (a number value)	100
--! out: protected_calls.lua:4: three	100
--! jit: min-native-loops 1
