-- Minus zero, NaN and the infinities travel through hot loops unharmed.
local zero = 0
local nz, signs = 0, {}
for i = 1, 60 do
  local v = (i % 3 - 1) * zero
  if 1 / v < 0 then nz = nz + 1 end
end
print(nz)
local x = 0
for i = 1, 50 do x = -x end
print(1 / x)
for i = 1, 51 do x = -x end
print(1 / x)
local nan = zero / zero
local eq, ne, lt, ge, nlt = 0, 0, 0, 0, 0
for i = 1, 60 do
  local v = i % 2 == 0 and nan or i
  if v == v then eq = eq + 1 end
  if v ~= v then ne = ne + 1 end
  if v < 30 then lt = lt + 1 end
  if v >= 30 then ge = ge + 1 end
  if not (v < 30) then nlt = nlt + 1 end
end
print(eq, ne, lt, ge, nlt)
local s = 0
for i = 1, 60 do if i == 40 then s = s + nan end s = s + 1 end
print(s ~= s)
local inf, c = 1 / zero, 0
local g = 1
for i = 1, 1100 do g = g * 2 if g == inf then c = c + 1 end end
print(c, g)
local t, errors = {}, 0
for i = 1, 30 do
  local k = i % 5 == 0 and nan or i
  if not pcall(function() t[k] = i end) then errors = errors + 1 end
end
print(errors, t[nan], t[1])
local hit = 0
for i = 1, 30 do if t[i % 5 == 0 and nan or i] then hit = hit + 1 end end
print(hit)
local m = 0
for i = -30, 30 do local r = i % 7 * zero m = m + (1 / r > 0 and 1 or 0) end
print(m)
local p = 0
for i = 1, 40 do local v = math.floor(-i * zero) if 1 / v < 0 then p = p + 1 end end
print(p)
local a = {}
for i = 1, 40 do a[i * zero] = i a[-(i * zero)] = i + 1 end
print(a[0], a[-zero], next(a) == 0)
local mm = 0
for i = 1, 40 do mm = mm + math.max(i, 20) if math.min(inf, i) == i then mm = mm + 1 end if math.max(-inf, i) ~= i then mm = -1 end end
print(mm)
local b = 0
for i = 1, 40 do local q = i - i if tostring(-q) == "-0" then b = b + 1 end if tostring(q) == "0" then b = b + 100 end end
print(b)
local u = 0
for i = 1, 40 do local r = (i % 2 == 0 and -i or i) * 0 if 1 / r == -inf then u = u + 1 end end
print(u)
--! out: 20
--! out: inf
--! out: -inf
--! out: 30	30	15	15	45
--! out: true
--! out: 77	inf
--! out: 6	nil	1
--! out: 24
--! out: 61
--! out: 40
--! out: 41	41	true
--! out: 1050
--! out: 4040
--! out: 20
--! jit: min-native-loops 1
