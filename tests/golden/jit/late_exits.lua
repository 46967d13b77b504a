-- Guards that fail for the first time after many iterations, on every kind of operation.
local function run(n, at)
  local s, t, o, f = 0, {1, 2, 3}, {x = 1}, function(x) return x end
  for i = 1, n do
    if i == at[1] then t[2] = "20" end
    if i == at[2] then o = {y = 5, x = 2} end
    if i == at[3] then f = function(x) return x * 2 end end
    if i == at[4] then t[4] = 4 end
    if i == at[5] then o.x = 2.5 end
    if i == at[6] then setmetatable(o, {__index = function() return 7 end}) end
    s = s + t[2] + o.x + f(i) + #t + (o.z or 0)
  end
  return s
end
print(run(100, {}))
for k = 1, 6 do local at = {} at[k] = 80 print(k, run(100, at)) end
print(run(100, {10, 20, 30, 40, 50, 60}), run(100, {60, 50, 40, 30, 20, 10}))
local hits = {0, 0, 0}
for i = 1, 400 do
  if i % 97 == 0 then hits[1] = hits[1] + 1
  elseif i > 390 then hits[2] = hits[2] + 1
  elseif i % 2 == 0 and i % 3 == 0 and i % 5 == 0 then hits[3] = hits[3] + i end
end
print(hits[1], hits[2], hits[3])
local x, y = 0, 0
for i = 1, 300 do
  local v = i
  if i > 100 then v = v + 0.5 end
  if i > 200 then v = -v end
  x = x + v
  y = y + v % 3
end
print(x, y)
local cur, changes = 1, 0
for i = 1, 200 do local want = i < 150 and 1 or i % 3 if want ~= cur then changes = changes + 1 cur = want end end
print(changes, cur)
local function outer(n) local r = 0 for i = 1, n do local function inner(k) if k > 150 then return nil end return k end r = r + (inner(i) or 1000) end return r end
print(outer(100), outer(160))
local list = nil
for i = 1, 100 do list = {v = i, next = list} end
local c, node = 0, list
while node do c = c + node.v node = node.next end
print(c)
local last
for i = 1, 250 do last = i if i * i > 40000 then break end end
print(last)
local w, k = 0, 0
while true do k = k + 1 if k % 7 == 0 then w = w + 1 elseif k % 50 == 1 then w = w + 10 end if k >= 333 then break end end
print(w, k)
--! out: 5650
--! out: 1	6028
--! out: 2	5671
--! out: 3	7540
--! out: 4	5671
--! out: 5	5681.5
--! out: 6	5797
--! out: 12357.5	11105
--! out: 4	10	2730
--! out: -4950	402
--! out: 51	2
--! out: 5050	21325
--! out: 5050
--! out: 201
--! out: 107	333
--! jit: min-native-loops 1
