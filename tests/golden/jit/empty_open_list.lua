-- A constructor whose open list is empty makes a table without an array part: its size must not claim one.
local function nothing() end
local t, sum = {}, 0
for i = 1, 200 do
  t = {unpack(t)}
  local u = {nothing()}
  sum = sum + #t + #u
end
for i = 1, 200 do t[i % 4 + 1] = i end
print(sum, #t, next({unpack({})}))
--! out: 0	4	nil
