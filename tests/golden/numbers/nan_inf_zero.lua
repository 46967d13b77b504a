-- NaN, the infinities and minus zero in comparison, tables, loops and library calls.
local nan, inf, zero = 0 / 0, 1 / 0, 0
local nz = -zero
print(nz == 0, 1 / nz, 1 / (nz + 0), 1 / (nz * 1), 1 / (nz * -1), 1 / math.abs(nz))
print(tostring(nz), nz .. "", string.format("%d", nz), string.format("%g", nz))
local t = {}
t[nz] = "zero"
print(t[0], t[nz], next(t) == 0)
t[inf], t[-inf] = "inf", "-inf"
print(t[inf], t[1 / 0], t[-1 / 0], t[nan])
print(pcall(function() t[nan] = 1 end))
print(pcall(rawset, t, nan, 1))
print(rawget(t, nan), t[nan])
print(math.max(1, inf), math.min(-inf, inf), math.floor(inf), math.ceil(-inf))
local count = 0
for i = 1, inf do count = count + 1 if count == 5 then break end end
print(count)
for i = 1, -inf do count = -1 end
for i = nan, 1 do count = -1 end
for i = 1, nan do count = -1 end
print(count)
local s = 0
for i = 1, 0 do s = s + 1 end
for i = 3, 1 do s = s + 1 end
for i = 1, 3, -1 do s = s + 1 end
print(s)
print(nan ~= nan, inf == inf, -inf == -inf, inf == -inf, inf > 1e308, nz < 0, nz <= 0, nz >= zero)
print((inf - inf) ~= (inf - inf), (inf * 0) ~= (inf * 0), inf % 2 ~= inf % 2, 5 % inf ~= 5 % inf)
print(math.sqrt(-1) ~= math.sqrt(-1), math.log(0), math.exp(-inf), math.exp(inf))
print(1 / (zero * -1), 1 / (-zero), 1 / (zero - zero), 1 / (-zero - zero))
--! out: true	-inf	inf	-inf	inf	inf
--! out: -0	-0	0	-0
--! out: zero	zero	true
--! out: inf	inf	-inf	nil
--! out: false	nan_inf_zero.lua:11: table index is NaN
--! out: false	table index is NaN
--! out: nil	nil
--! out: inf	-inf	inf	-inf
--! out: 5
--! out: 5
--! out: 0
--! out: true	true	true	false	true	false	true	true
--! out: true	true	true	true
--! out: true	-inf	0	inf
--! out: -inf	-inf	inf	-inf
