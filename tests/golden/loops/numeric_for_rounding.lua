-- A numeric for goes back by a step before it steps forward for the first time: where numbers are too far apart, that shows.
local function values(first, limit, step)
  local all = {}
  for i = first, limit, step do
    all[#all + 1] = ("%.17g"):format(i)
    if #all == 4 then break end
  end
  return #all, table.concat(all, " ")
end
print(values(0.1, 1e17, 1e17))
print(values(1 / 3, 10, 3.7))
print(values(0.1, 1, 0.3))
print(values(1e300, 1.7e308, 1e308))
print(values(2 ^ 53, 2 ^ 53 + 4, 2))
print(values(-0, 1, 1))
print(values(1, 3, math.huge))
print(values(1, -3, -math.huge))
print(values(-math.huge, 3, 1))
print(values(0 / 0, 3, 1))
-- Loops inside hot ones, whose first values are no integers.
local sum, rounds = 0, 0
for i = 1, 100 do
  for x = i / 3, i, 3.7 do
    sum, rounds = sum + x, rounds + 1
  end
  for x = i, i + 2, 1e17 do sum = sum + x end
end
print(("%.17g"):format(sum), rounds)
--! out: 2	0 1e+17
--! out: 3	0.33333333333333348 4.0333333333333332 7.7333333333333334
--! out: 4	0.10000000000000001 0.40000000000000002 0.69999999999999996 1
--! out: 2	9.9999999999552294e+299 1.00000001e+308
--! out: 3	9007199254740992 9007199254740994 9007199254740996
--! out: 2	0 1
--! out: 0	
--! out: 0	
--! out: 4	-inf -inf -inf -inf
--! out: 0	
--! out: 44627.499999999985	960
