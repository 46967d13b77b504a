-- The sieve of Eratosthenes, three ways.
local function sieve(n)
  local flags, count = {}, 0
  for i = 2, n do flags[i] = true end
  for i = 2, n do if flags[i] then count = count + 1 for k = i + i, n, i do flags[k] = false end end end
  return count
end
print(sieve(2000))
local function primes(n)
  local list = {2}
  for c = 3, n, 2 do
    local prime, i = true, 1
    while list[i] * list[i] <= c do if c % list[i] == 0 then prime = false break end i = i + 1 end
    if prime then list[#list + 1] = c end
  end
  return list
end
local p = primes(1000)
print(#p, p[10], p[100], p[#p])
local composite, c = {}, 0
for n = 2, 300 do
  local factors = composite[n]
  if not factors then c = c + 1 composite[n * n] = {n} else
    for _, f in ipairs(factors) do local l = composite[n + f] if l then l[#l + 1] = f else composite[n + f] = {f} end end
    composite[n] = nil
  end
end
print(c)
--! out: 303
--! out: 168	29	541	997
--! out: 62
--! jit: min-native-loops 1
