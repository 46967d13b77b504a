-- The math library: every function, with exact or rounded results.
local function r(x) return string.format("%.10g", x) end
print(math.abs(-5), math.abs(5.5), math.ceil(1.2), math.ceil(-1.2), math.floor(1.8), math.floor(-1.8), math.floor(5), math.ceil(5))
print(r(math.sqrt(2)), math.sqrt(16), r(math.exp(1)), r(math.log(10)), math.log10(1000), r(math.log(2)), math.exp(0))
print(r(math.sin(1)), r(math.cos(1)), r(math.tan(1)), r(math.asin(0.5)), r(math.acos(0.5)), r(math.atan(1)))
print(r(math.atan2(1, 2)), r(math.atan2(-1, -1)), r(math.atan2(0, -1)), math.atan2(0, 1))
print(r(math.sinh(1)), r(math.cosh(1)), r(math.tanh(1)), math.sinh(0), math.cosh(0), math.tanh(0))
print(r(math.deg(math.pi)), r(math.rad(180)), r(math.pi), math.huge, -math.huge)
print(math.pow(2, 10), math.pow(2, 0.5) == 2 ^ 0.5, math.pow(-2, 3), math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.mod == math.fmod)
print(math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(math.huge))
print(math.frexp(8), math.frexp(0.3), math.frexp(0), math.frexp(-5))
print(math.ldexp(0.5, 4), math.ldexp(1, 10), math.ldexp(3, -1), math.ldexp(0, 5))
print(math.max(1, 5, 3), math.min(1, 5, 3), math.max(-1), math.min(2.5), math.max(1, 2, "3"), math.max(-0.5, -0.25))
math.randomseed(42)
local a = {math.random(), math.random(), math.random(100)}
math.randomseed(42)
local b = {math.random(), math.random(), math.random(100)}
print(a[1] == b[1], a[2] == b[2], a[3] == b[3], a[1] ~= a[2])
local ok = true
for i = 1, 200 do
  local x, y, z = math.random(), math.random(6), math.random(-3, 3)
  ok = ok and x >= 0 and x < 1 and y >= 1 and y <= 6 and y == math.floor(y) and z >= -3 and z <= 3 and z == math.floor(z)
end
print(ok, math.random(5, 5), math.random(1))
local seen = {}
for i = 1, 300 do seen[math.random(4)] = true end
print(seen[1], seen[2], seen[3], seen[4], seen[5], seen[0])
print(math.floor(2 ^ 31 + 0.5), math.floor(-2 ^ 31 - 0.5), math.floor(1e15 + 0.5), math.ceil(-0.5) == 0, math.floor(1e300) == 1e300)
print(math.floor("3.7"), math.sqrt("16"), math.abs("-2"), math.max("10", "9"))
local sum = 0
for i = 1, 100 do sum = sum + math.floor(i / 3) + math.ceil(i / 7) + math.abs(i - 50) + math.max(i, 30) - math.min(i, 70) + i % 5 end
print(sum)
local s = 0
for i = 1, 50 do s = s + math.sin(i) * math.cos(i) + math.sqrt(i) - math.log(i) + math.exp(-i) end
print(r(s))
--! out: 5	5.5	2	-1	1	-2	5	5
--! out: 1.414213562	4	2.718281828	2.302585093	3	0.6931471806	1
--! out: 0.8414709848	0.5403023059	1.557407725	0.5235987756	1.047197551	0.7853981634
--! out: 0.463647609	-2.35619449	3.141592654	0
--! out: 1.175201194	1.543080635	0.761594156	0	1	0
--! out: 180	3.141592654	3.141592654	inf	-inf
--! out: 1024	true	-8	1	-1	1	true
--! out: 3	-3	5	inf	0
--! out: 0.5	0.6	0	-0.625	3
--! out: 8	1024	1.5	0
--! out: 5	1	-1	2.5	3	-0.25
--! out: true	true	true	true
--! out: true	5	1
--! out: true	true	true	true	nil	nil
--! out: 2147483648	-2147483649	1e+15	true	true
--! out: 3	4	2	10
--! out: 6015
--! out: 91.03551996
