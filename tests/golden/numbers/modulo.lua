-- a % b is a - floor(a / b) * b: its sign is that of b.
local function show(a, b)
  local r = a % b
  if r ~= r then return "nan" end
  return r
end
for _, pair in ipairs{{5, 3}, {-5, 3}, {5, -3}, {-5, -3}, {6, 3}, {-6, 3}, {6, -3}, {0, 3}, {0, -3},
  {5.5, 2}, {-5.5, 2}, {5.5, -2}, {-5.5, -2}, {1, 0.3}, {0.3, 0.1}, {1e15, 7}, {-1e15, 7}, {2 ^ 53, 3}, {1e300, 7},
  {1, 0}, {0, 0}, {-1, 0}, {3, 1}, {3.7, 1}, {-3.7, 1}, {2147483648, 2}, {-2147483648, 3}, {4294967295, 65536}} do
  print(pair[1], pair[2], show(pair[1], pair[2]))
end
print(math.fmod(5, 3), math.fmod(-5, 3), math.fmod(5, -3), math.fmod(-5, -3), math.fmod(5.5, 2))
local sum = 0
for i = -20, 20 do
  for j = -5, 5 do
    if j ~= 0 then sum = sum + i % j end
  end
end
print(sum)
--! out: 5	3	2
--! out: -5	3	1
--! out: 5	-3	-1
--! out: -5	-3	-2
--! out: 6	3	0
--! out: -6	3	0
--! out: 6	-3	0
--! out: 0	3	0
--! out: 0	-3	0
--! out: 5.5	2	1.5
--! out: -5.5	2	0.5
--! out: 5.5	-2	-0.5
--! out: -5.5	-2	-1.5
--! out: 1	0.3	0.1
--! out: 0.3	0.1	0.1
--! out: 1e+15	7	6
--! out: -1e+15	7	1
--! out: 9.007199254741e+15	3	2
--! out: 1e+300	7	0
--! out: 1	0	nan
--! out: 0	0	nan
--! out: -1	0	nan
--! out: 3	1	0
--! out: 3.7	1	0.7
--! out: -3.7	1	0.3
--! out: 2147483648	2	0
--! out: -2147483648	3	1
--! out: 4294967295	65536	65535
--! out: 2	-2	2	-2	1.5
--! out: 0
