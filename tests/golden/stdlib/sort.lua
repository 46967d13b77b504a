-- table.sort: orders, comparators, stability is not promised, errors, big and special inputs.
local function sorted(t, f) table.sort(t, f) return table.concat(t, " ") end
print(sorted{3, 1, 2}) print(sorted{}) print(sorted{1}) print(sorted{2, 1}) print(sorted{5, 5, 5, 5})
print(sorted{"banana", "apple", "Cherry", "", "app"})
print(sorted({3, 1, 2}, function(a, b) return a > b end))
print(sorted({"aaa", "b", "cc"}, function(a, b) return #a < #b end))
local x, big = 7, {}
for i = 1, 300 do x = (x * 1103515245 + 12345) % 2147483648 big[i] = x % 1000 end
table.sort(big)
local ok = true
for i = 2, #big do ok = ok and big[i - 1] <= big[i] end
print(ok, big[1], big[150], big[300])
table.sort(big, function(a, b) return a > b end)
for i = 2, #big do ok = ok and big[i - 1] >= big[i] end
print(ok)
local asc, desc = {}, {}
for i = 1, 100 do asc[i] = i desc[i] = 101 - i end
table.sort(asc) table.sort(desc)
for i = 1, 100 do ok = ok and asc[i] == i and desc[i] == i end
print(ok)
local recs = {}
for i, n in ipairs{"delta", "alpha", "charlie", "bravo"} do recs[i] = {name = n, id = i} end
table.sort(recs, function(a, b) return a.name < b.name end)
for i, r in ipairs(recs) do io.write(r.name, r.id, " ") end print()
local calls = 0
table.sort({5, 2, 8, 1, 9, 3}, function(a, b) calls = calls + 1 return a < b end)
print(calls > 4)
print((select(2, pcall(table.sort, {1, "x"})):match("^attempt to compare %a+ with %a+$")) ~= nil)
print(pcall(table.sort, {{}, {}}))
print(pcall(table.sort, {1, 2, 3}, 42))
print(select("#", table.sort({})))
local mt = {__lt = function(a, b) return a.k < b.k end}
local objs = {}
for i = 1, 20 do objs[i] = setmetatable({k = (i * 7) % 20}, mt) end
table.sort(objs)
for i = 1, 20 do io.write(objs[i].k, " ") end print()
local mixed = {}
for i = 1, 50 do mixed[i] = (i * 37) % 50 + 0.5 end
table.sort(mixed)
print(mixed[1], mixed[25], mixed[50])
print(sorted{3, -1, 2.5, 1e10, -1e10, 0, 1 / 3})
local dup = {}
for i = 1, 60 do dup[i] = i % 4 end
print(sorted(dup))
local n = {n = 3, 3, 2, 1, x = "kept"}
table.sort(n)
print(n[1], n[2], n[3], n.x, n.n)
local by = {}
for i = 1, 30 do by[i] = {a = i % 3, b = i % 5, c = i} end
table.sort(by, function(p, q) if p.a ~= q.a then return p.a < q.a end if p.b ~= q.b then return p.b > q.b end return p.c < q.c end)
for i = 1, 30 do io.write(by[i].c, " ") end print()
--! out: 1 2 3
--! out:
--! out: 1
--! out: 1 2
--! out: 5 5 5 5
--! out:  Cherry app apple banana
--! out: 3 2 1
--! out: b cc aaa
--! out: true	8	480	992
--! out: true
--! out: true
--! out: alpha2 bravo4 charlie3 delta1 
--! out: true
--! out: true
--! out: false	attempt to compare two table values
--! out: false	bad argument #2 to '?' (function expected, got number)
--! out: 0
--! out: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 
--! out: 0.5	24.5	49.5
--! out: -10000000000 -1 0 0.33333333333333 2.5 3 10000000000
--! out: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3
--! out: 1	2	3	kept	3
--! out: 9 24 3 18 12 27 6 21 15 30 4 19 13 28 7 22 1 16 10 25 14 29 8 23 2 17 11 26 5 20 
