-- next and pairs: every key once, also while entries are assigned or cleared; errors.
local function sorted(t)
  local ks = {}
  for k in pairs(t) do ks[#ks + 1] = tostring(k) end
  table.sort(ks)
  return table.concat(ks, " ")
end
print(sorted{1, 2, 3, a = 1, b = 2, [true] = 3, [1.5] = 4})
print(next({}), next({}, nil), next({5}), next({x = 1}))
local t = {}
for i = 1, 20 do t[i] = i t["k" .. i] = i end
for k, v in pairs(t) do t[k] = nil end
print(next(t))
for i = 1, 20 do t[i] = i t["k" .. i] = i end
for k, v in pairs(t) do t[k] = v * 2 end
local s = 0
for _, v in pairs(t) do s = s + v end
print(s)
for k, v in pairs(t) do if v % 4 == 0 then t[k] = nil end end
s = 0
local n = 0
for _, v in pairs(t) do s = s + v n = n + 1 end
print(s, n)
local k, v, count = nil, nil, 0
repeat k, v = next(t, k) if k then count = count + 1 end until not k
print(count)
local arr = {10, 20, 30, nil, 50}
local seen = {}
for i, v in ipairs(arr) do seen[#seen + 1] = i .. "=" .. v end
print(table.concat(seen, " "))
s = 0
for i, v in pairs(arr) do s = s + v end
print(s)
for i, v in ipairs{1, 2, 3} do if i == 1 then arr[10] = v end end
local grow = {1}
for i, v in ipairs(grow) do if i < 5 then grow[i + 1] = v * 2 end end
print(table.concat(grow, " "))
print(pcall(next, {}, "no such key"))
print(pcall(next, nil))
print(pcall(next, {}, 1))
print(pcall(pairs, 5))
print(select("#", pairs({})), select("#", ipairs({})))
local f, state, control = pairs(t)
print(type(f), state == t, control)
local f2, s2, c2 = ipairs(arr)
print(type(f2), s2 == arr, c2, f2(arr, 0), f2(arr, 3))
local outer = 0
for a in pairs{1, 2, 3} do for b in pairs{x = 1, y = 2} do outer = outer + a end end
print(outer)
local keys = {}
for k in next, {a = 1, b = 2, c = 3} do keys[#keys + 1] = k end
table.sort(keys)
print(table.concat(keys))
--! out: 1 1.5 2 3 a b true
--! out: nil	nil	1	x	1
--! out: nil
--! out: 840
--! out: 400	20
--! out: 20
--! out: 1=10 2=20 3=30
--! out: 110
--! out: 1 2 4 8 16
--! out: false	invalid key to 'next'
--! out: false	bad argument #1 to '?' (table expected, got nil)
--! out: false	invalid key to 'next'
--! out: false	bad argument #1 to '?' (table expected, got number)
--! out: 3	3
--! out: function	true	nil
--! out: function	true	0	1
--! out: 12
--! out: abc
