-- Branches that go either way with even odds, several in a row, so that one iteration has many possible paths.
--! check: 4328 18978404007 6000250 6000241
--! quick: 500000 96 -26474283 200127 200124
local rounds = tonumber((...) or 15000000)

local seed = 12345
local a, b, c, d = 0, 0, 0, 0
for _ = 1, rounds do
  seed = (seed * 16807) % 2147483647
  if seed % 2 == 0 then a = a + 1 else a = a - 1 end
  if seed % 3 == 0 then b = b + a elseif seed % 3 == 1 then b = b - 1 end
  if seed % 5 < 2 then c = c + 1 end
  if seed % 7 < 3 and c > d then d = d + 1 end
end
print("check: " .. a .. " " .. b .. " " .. c .. " " .. d)
