-- Matrix product, transpose, power, determinant.
local function matrix(n, f) local m = {} for i = 1, n do local r = {} for j = 1, n do r[j] = f(i, j) end m[i] = r end return m end
local function transpose(a) return matrix(#a, function(i, j) return a[j][i] end) end
local function mul(a, b)
  local n, bt, c = #a, transpose(b), {}
  for i = 1, n do
    local ai, ci = a[i], {}
    for j = 1, n do local bj, s = bt[j], 0 for k = 1, n do s = s + ai[k] * bj[k] end ci[j] = s end
    c[i] = ci
  end
  return c
end
local n = 16
local a = matrix(n, function(i, j) return (i - j) * (i + j) / n end)
local b = matrix(n, function(i, j) return (i * j) % 7 - 3 end)
local c = mul(a, b)
local trace, sum = 0, 0
for i = 1, n do trace = trace + c[i][i] for j = 1, n do sum = sum + c[i][j] end end
print(trace, sum, c[1][1], c[n][n], c[3][7])
local f = {{1, 1}, {1, 0}}
local r = {{1, 0}, {0, 1}}
for i = 1, 40 do r = mul(r, f) end
print(r[1][1], r[1][2])
local function det(m)
  local n, d = #m, 1
  local a = matrix(n, function(i, j) return m[i][j] end)
  for k = 1, n do
    local p = k
    for i = k + 1, n do if math.abs(a[i][k]) > math.abs(a[p][k]) then p = i end end
    if a[p][k] == 0 then return 0 end
    if p ~= k then a[p], a[k], d = a[k], a[p], -d end
    d = d * a[k][k]
    for i = k + 1, n do local q = a[i][k] / a[k][k] for j = k, n do a[i][j] = a[i][j] - q * a[k][j] end end
  end
  return d
end
print(string.format("%.6f %.6f", det{{2, 1, 3}, {0, -1, 4}, {1, 2, 5}}, det(matrix(6, function(i, j) return 1 / (i + j - 1) * 10 end))))
--! out: 0	2942.5	35.1875	13.8125	253.5
--! out: 165580141	102334155
--! out: -19.000000 0.000000
--! jit: min-native-loops 1
