-- Takeuchi's function and Ackermann's: deep recursion with three arguments and with two.
--! check: 46900
local rounds = tonumber((...) or 60)

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function ackermann(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ackermann(m - 1, 1) end
  return ackermann(m - 1, ackermann(m, n - 1))
end

local total = 0
for round = 1, rounds do
  total = total + tak(18 + round % 3, 12, 6) + ackermann(2, 100 + round) + ackermann(3, 6)
end
print("check: " .. total)
