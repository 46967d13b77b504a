-- Loops with many branches that go either way: paths end where they meet, and share the trace of that place.
local bits = {}
for k = 0, 11 do bits[k] = 2 ^ k end
local counts, total = {}, 0
for k = 0, 11 do counts[k] = 0 end
local seed = 1
local function random(n) seed = (seed * 3877 + 29573) % 139968 return seed % n end
for _ = 1, 6000 do
  local word, sum = random(4096), 0
  if word % 2 >= 1 then sum = sum + bits[0] counts[0] = counts[0] + 1 end
  if word / 2 % 2 >= 1 then sum = sum + bits[1] counts[1] = counts[1] + 1 else sum = sum + 0.5 end
  if word / 4 % 2 >= 1 then sum = sum + bits[2] counts[2] = counts[2] + 1 end
  if word / 8 % 2 >= 1 then sum = sum + bits[3] counts[3] = counts[3] + 1 else sum = sum - 0.5 end
  if word / 16 % 2 >= 1 then sum = sum + bits[4] counts[4] = counts[4] + 1 end
  if word / 32 % 2 >= 1 then sum = sum + bits[5] counts[5] = counts[5] + 1 end
  if word / 64 % 2 >= 1 then sum = sum + bits[6] counts[6] = counts[6] + 1 end
  if word / 128 % 2 >= 1 then sum = sum + bits[7] counts[7] = counts[7] + 1 end
  if word / 256 % 2 >= 1 then sum = sum + bits[8] counts[8] = counts[8] + 1 end
  if word / 512 % 2 >= 1 then sum = sum + bits[9] counts[9] = counts[9] + 1 end
  total = total + sum
end
print(total, table.concat(counts, " ", 0, 9))

-- Types that differ where paths meet, and captured variables that some of them have changed.
local kept = {}
for i = 1, 3000 do
  local word = random(4096)
  local a, b = i, "b"
  local function both() a = a + 1 return tostring(a) .. tostring(b) end
  if word % 2 >= 1 then a = a .. "" end
  if word / 2 % 2 >= 1 then b = i end
  if word / 4 % 2 >= 1 then a = a + 1 end
  if word / 8 % 2 >= 1 then b = nil end
  if word / 16 % 2 >= 1 then a = -a end
  if word / 32 % 2 >= 1 then b = { } b = #b end
  if word / 64 % 2 >= 1 then both() end
  if word / 128 % 2 >= 1 then a, b = b, a end
  if type(a) ~= "number" then a = 7 end
  if i % 500 == 0 then kept[#kept + 1] = both end
end
for n = 1, #kept do kept[n] = kept[n]() end
print(table.concat(kept, " "))

-- Behind functions that return, from several places, and behind loops that are left early.
local function sign(x) if x % 3 == 0 then return 1 elseif x % 3 == 1 then return -1, "two" end return 0 end
local function first(t, x) for n = 1, #t do if t[n] > x then return n end end end
local list, s = { 100, 900, 1700, 2500, 3300 }, 0
for i = 1, 3000 do
  local word = random(4096)
  local x, y = sign(word)
  if y then s = s + #y end
  s = s + x * (first(list, word) or 10)
  x = sign(word / 3 - word / 3 % 1)
  if x == 0 then s = s + 2 elseif word % 7 == 0 then s = s - 1 else s = s + (word % 5 == 0 and 3 or word % 11 == 0 and 4 or 5) end
  local ok, e = pcall(function() if word % 9 == 0 then error({ word }) end return word end)
  s = s + (ok and e or e[1] + 1) % 3
end
print(s)
--! out: 3109192	3000 3000 3000 3000 3002 3001 3015 2972 3009 3079
--! out: 8-500 10020 1-1500 82000 2502nil 8-3000
--! out: 15975
--! jit: min-native-loops 1
