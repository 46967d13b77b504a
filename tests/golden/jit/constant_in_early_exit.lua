-- An exit from before the loop computes with a constant that the loop keeps in a register.
local function f(n, x, late)
  local s, last = 0, 0
  for i = 1, n do
    local d = i - x
    local e = 3.25 - d
    if i == late then return e, d end
    s = s + (3.25 - e)
    last = e
  end
  return s, last
end
for i = 1, 30 do print(f(i, i / 2, i % 7)) end
--! out: 2.75	0.5
--! out: 2.25	1
--! out: 1.75	1.5
--! out: 1.25	2
--! out: 0.75	2.5
--! out: 0.25	3
--! out: 3.5	-0.25
--! out: 6.25	-3
--! out: 5.75	-2.5
--! out: 5.25	-2
--! out: 4.75	-1.5
--! out: 4.25	-1
--! out: 3.75	-0.5
--! out: 7	-3.75
--! out: 9.75	-6.5
--! out: 9.25	-6
--! out: 8.75	-5.5
--! out: 8.25	-5
--! out: 7.75	-4.5
--! out: 7.25	-4
--! out: 10.5	-7.25
--! out: 13.25	-10
--! out: 12.75	-9.5
--! out: 12.25	-9
--! out: 11.75	-8.5
--! out: 11.25	-8
--! out: 10.75	-7.5
--! out: 14	-10.75
--! out: 16.75	-13.5
--! out: 16.25	-13
