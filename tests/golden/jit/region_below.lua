-- A region around a tail call carries slots below the frame where it was recorded.
local function tail(n, s, f)
  for i = 1, 3 do s = s + i * n; if s % 2 == 0 then s = s + 1 end end
  if n == 0 then return s, f end
  if n % 4 == 0 then return tail(n - 1, s, f + 1) end
  return tail(n - 1, s + 1, f)
end
for r = 1, 6 do print(tail(50 * r, 0, 0)) end
--! out: 7751	12
--! out: 30501	25
--! out: 68251	37
--! out: 121001	50
--! out: 188751	62
--! out: 271501	75
