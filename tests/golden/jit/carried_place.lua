-- A loop stores where it loaded in the round before: the place itself goes round the loop.
local function shift(a, n)
  local i = 1
  while i + i <= n do
    local c = i + i
    a[i] = a[c]
    i = c
  end
  a[i] = 0
end
local a = {}
for round = 1, 20 do
  for i = 1, 64 do a[i] = i + round end
  shift(a, 64)
end
print(table.concat(a, " ", 1, 32) .. " " .. a[64])
--! out: 22 24 23 28 25 26 27 36 29 30 31 32 33 34 35 52 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 84 0
--! jit: min-native-loops 1
