-- Collatz sequences: an inner while loop whose length and branches have no pattern.
--! check: 1117065 528
--! quick: 70000 52527 340
local size = tonumber((...) or 1500000)

local longest, start = 0, 0
for first = 1, size do
  local n, length = first, 1
  while n ~= 1 do
    if n % 2 == 0 then n = n / 2 else n = 3 * n + 1 end
    length = length + 1
  end
  if length > longest then longest, start = length, first end
end
print("check: " .. start .. " " .. longest)
