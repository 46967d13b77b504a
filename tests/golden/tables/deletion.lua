-- Deleting and inserting over and over: stacks, queues, sets, sliding windows.
local stack, log = {}, {}
for i = 1, 200 do
  if i % 3 == 0 then log[#log + 1] = stack[#stack] stack[#stack] = nil else stack[#stack + 1] = i end
end
print(#stack, #log, stack[#stack], log[#log])
local q, head, tail, sum = {}, 1, 0, 0
for i = 1, 300 do
  tail = tail + 1 q[tail] = i
  if i > 10 then sum = sum + q[head] q[head] = nil head = head + 1 end
end
local n = 0
for _ in pairs(q) do n = n + 1 end
print(head, tail, sum, n)
local set, size = {}, 0
local x = 1
for i = 1, 500 do
  x = (x * 75 + 74) % 65537
  local k = "k" .. x % 50
  if set[k] then set[k] = nil size = size - 1 else set[k] = true size = size + 1 end
end
n = 0
for _ in pairs(set) do n = n + 1 end
print(size == n, n)
local t = {}
for round = 1, 5 do
  for i = 1, 30 do t["r" .. round .. "_" .. i] = i end
  for i = 1, 30 do t["r" .. round .. "_" .. i] = nil end
end
print(next(t))
t.a = 1
print(next(t))
for i = 1, 10 do t[i] = i end
for i = 10, 1, -1 do t[i] = nil end
t.a = nil
print(#t, next(t))
local sparse = {}
for i = 1, 1000, 37 do sparse[i] = i end
n = 0
for k, v in pairs(sparse) do n = n + k - v + 1 end
print(n)
for i = 1, 1000, 37 do sparse[i] = nil end
print(next(sparse))
local lru = {}
for i = 1, 100 do lru[i % 7] = (lru[i % 7] or 0) + i end
local total = 0
for k = 0, 6 do total = total + lru[k] end
print(total)
--! out: 68	66	200	197
--! out: 291	300	42195	10
--! out: true	28
--! out: nil
--! out: a	1
--! out: 0	nil
--! out: 28
--! out: nil
--! out: 5050
