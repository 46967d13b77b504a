-- Loops that are compiled for one kind of data and then work on others: what they check once before they loop fails.
local function total(t, scale, label)
  local s, n = 0, 0
  for i = 1, #t do
    local v = t[i]
    if label then n = n + #label end
    if scale then s = s + v * scale else s = s + v end
  end
  return s, n
end
local list = {}
for i = 1, 50 do list[i] = i end
for round = 1, 6 do
  print(round, total(list), total(list, round), total(list, nil, "label"), total(list, 2, "x"))
end

-- The field is found in another place of another shape; the loop has effects before the check that fails.
local log = {}
local function move(points, key, n)
  local moved = 0
  local i = 1
  while i <= n do
    log[#log + 1] = key
    local p = points[key]
    p.x = p.x + i
    moved = moved + p.x
    i = i + 1
  end
  return moved
end
local points = { a = { x = 0 }, b = { y = 1, x = 2 }, c = { z = 1, y = 1, x = 0.5 } }
for round = 1, 5 do
  print(move(points, "a", 20), move(points, "b", 30), move(points, "c", 10), #log)
end

-- A variant of a variant, and checks that change in the middle of the loop.
local flags = { one = false, two = false }
local function walk(n, at)
  local a, b, c = 0, 0, 0
  for i = 1, n do
    if flags.one then a = a + i else b = b + 1 end
    if flags.two then c = c + a - b end
    if i == at then flags.one = not flags.one end
    if i == 2 * at then flags.two = not flags.two end
  end
  return a, b, c
end
for round = 1, 12 do print(walk(60, round % 4 * 10)) end

-- A string where there were numbers, with an error in the end.
local function sum(t) local s = 0 for i = 1, #t do s = s + t[i] end return s end
for round = 1, 4 do print(sum({ 1, 2, 3, 4, 5, 6, 7, 8 }), sum({ "1", "2", "3", "4", "5", "6" })) end
print(pcall(sum, { 1, 2, 3, 4, {}, 6 }))
--! out: 1	1275	1275	1275	2550	50
--! out: 2	1275	2550	1275	2550	50
--! out: 3	1275	3825	1275	2550	50
--! out: 4	1275	5100	1275	2550	50
--! out: 5	1275	6375	1275	2550	50
--! out: 6	1275	7650	1275	2550	50
--! out: 1540	5020	225	60
--! out: 5740	18970	775	120
--! out: 9940	32920	1325	180
--! out: 14140	46870	1875	240
--! out: 18340	60820	2425	300
--! out: 1775	10	33680
--! out: 210	40	5530
--! out: 1365	30	0
--! out: 1830	0	37820
--! out: 55	50	715
--! out: 1620	20	21740
--! out: 465	30	18445
--! out: 0	60	0
--! out: 1775	10	33680
--! out: 210	40	5530
--! out: 1365	30	0
--! out: 1830	0	37820
--! out: 36	21
--! out: 36	21
--! out: 36	21
--! out: 36	21
--! out: false	loop_variants.lua:51: attempt to perform arithmetic on field '?' (a table value)
