-- Dynamic programming: memoized closures, edit distance, knapsack, longest common subsequence, coins.
local function memoize(f) local c = {} return function(a, b) local k = b and a .. ":" .. b or a local v = c[k] if v == nil then v = f(a, b) c[k] = v end return v end end
local binom
binom = memoize(function(n, k) if k == 0 or k == n then return 1 end return binom(n - 1, k - 1) + binom(n - 1, k) end)
print(binom(20, 10), binom(30, 4))
local function distance(a, b)
  local prev = {}
  for j = 0, #b do prev[j] = j end
  for i = 1, #a do
    local cur = {[0] = i}
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      cur[j] = math.min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost)
    end
    prev = cur
  end
  return prev[#b]
end
print(distance("kitten", "sitting"), distance("intention", "execution"), distance("", "abc"), distance("same", "same"))
local function lcs(a, b)
  local t = {}
  for i = 0, #a do t[i] = {} for j = 0, #b do t[i][j] = 0 end end
  for i = 1, #a do for j = 1, #b do
    if a:sub(i, i) == b:sub(j, j) then t[i][j] = t[i - 1][j - 1] + 1 else t[i][j] = math.max(t[i - 1][j], t[i][j - 1]) end
  end end
  local out, i, j = {}, #a, #b
  while i > 0 and j > 0 do
    if a:sub(i, i) == b:sub(j, j) then table.insert(out, 1, a:sub(i, i)) i, j = i - 1, j - 1
    elseif t[i - 1][j] >= t[i][j - 1] then i = i - 1 else j = j - 1 end
  end
  return table.concat(out)
end
print(lcs("AGGTABXYQ", "GXTXAYBQ"), lcs("abcbdab", "bdcaba"))
local function knapsack(items, cap)
  local best = {}
  for w = 0, cap do best[w] = 0 end
  for _, it in ipairs(items) do for w = cap, it[1], -1 do local v = best[w - it[1]] + it[2] if v > best[w] then best[w] = v end end end
  return best[cap]
end
print(knapsack({{12, 4}, {2, 2}, {1, 1}, {1, 2}, {4, 10}}, 15), knapsack({{5, 10}, {4, 40}, {6, 30}, {3, 50}}, 10))
local ways = {[0] = 1}
for _, coin in ipairs{1, 2, 5, 10, 20, 50} do for n = coin, 100 do ways[n] = (ways[n] or 0) + (ways[n - coin] or 0) end end
print(ways[100], ways[50], ways[10])
local function ack(m, n) if m == 0 then return n + 1 end if n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local function tak(x, y, z) if y >= x then return z end return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
print(ack(2, 5), fib(15), tak(9, 5, 2))
local collatz = setmetatable({[1] = 1}, {__index = function(t, n) local v = 1 + (n % 2 == 0 and t[n / 2] or t[3 * n + 1]) rawset(t, n, v) return v end})
local best, at = 0, 0
for n = 1, 100 do if collatz[n] > best then best, at = collatz[n], n end end
print(best, at)
--! out: 184756	27405
--! out: 3	5	3	0
--! out: GTABQ	bcba
--! out: 15	90
--! out: 4562	451	11
--! out: 13	610	3
--! out: 119	97
--! jit: min-native-loops 1
