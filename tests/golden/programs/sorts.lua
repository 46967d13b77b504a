-- Heapsort, quicksort, mergesort, shellsort and insertion sort of the same data.
local function data(n) local t, x = {}, 12345 for i = 1, n do x = (x * 1103515245 + 12345) % 2147483648 t[i] = x % 10000 end return t end
local function heapsort(a)
  local n = #a
  local function sift(lo, hi)
    local v, i = a[lo], lo
    while true do
      local c = 2 * i
      if c > hi then break end
      if c < hi and a[c] < a[c + 1] then c = c + 1 end
      if v >= a[c] then break end
      a[i] = a[c]
      i = c
    end
    a[i] = v
  end
  for i = math.floor(n / 2), 1, -1 do sift(i, n) end
  for i = n, 2, -1 do a[1], a[i] = a[i], a[1] sift(1, i - 1) end
end
local function quicksort(a, lo, hi)
  lo, hi = lo or 1, hi or #a
  if lo >= hi then return end
  local p, i, j = a[math.floor((lo + hi) / 2)], lo, hi
  while i <= j do
    while a[i] < p do i = i + 1 end
    while a[j] > p do j = j - 1 end
    if i <= j then a[i], a[j] = a[j], a[i] i = i + 1 j = j - 1 end
  end
  quicksort(a, lo, j)
  quicksort(a, i, hi)
end
local function mergesort(a)
  local n = #a
  if n < 2 then return a end
  local l, r, m = {}, {}, math.floor(n / 2)
  for i = 1, m do l[i] = a[i] end
  for i = m + 1, n do r[i - m] = a[i] end
  l, r = mergesort(l), mergesort(r)
  local out, i, j = {}, 1, 1
  while i <= #l and j <= #r do if l[i] <= r[j] then out[#out + 1] = l[i] i = i + 1 else out[#out + 1] = r[j] j = j + 1 end end
  for k = i, #l do out[#out + 1] = l[k] end
  for k = j, #r do out[#out + 1] = r[k] end
  return out
end
local function shellsort(a)
  local gap = math.floor(#a / 2)
  while gap > 0 do
    for i = gap + 1, #a do
      local v, j = a[i], i
      while j > gap and a[j - gap] > v do a[j] = a[j - gap] j = j - gap end
      a[j] = v
    end
    gap = math.floor(gap / 2)
  end
end
local function insertion(a) for i = 2, #a do local v, j = a[i], i - 1 while j > 0 and a[j] > v do a[j + 1] = a[j] j = j - 1 end a[j + 1] = v end end
local function check(a) local h = 0 for i = 1, #a do if i > 1 and a[i - 1] > a[i] then return "unsorted" end h = (h * 31 + a[i]) % 1000003 end return h end
local n = 150
local reference = data(n)
table.sort(reference)
print(check(reference), reference[1], reference[n])
for _, s in ipairs{{"heap", heapsort}, {"quick", quicksort}, {"shell", shellsort}, {"insertion", insertion}} do
  local a = data(n)
  s[2](a)
  print(s[1], check(a) == check(reference))
end
print("merge", check(mergesort(data(n))) == check(reference))
--! out: 677321	16	9808
--! out: heap	true
--! out: quick	true
--! out: shell	true
--! out: insertion	true
--! out: merge	true
--! jit: min-native-loops 1
