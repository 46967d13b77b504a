-- table.insert, remove, concat, maxn, getn, foreach, foreachi, setn.
local t = {}
table.insert(t, "a") table.insert(t, "c") table.insert(t, 2, "b") table.insert(t, 1, "0") table.insert(t, 5, "d")
print(table.concat(t, " "), #t)
print(table.remove(t), table.remove(t, 1), table.remove(t, 2), table.concat(t, " "))
print(table.remove({}), #t, table.remove(t, 10), select("#", table.remove({})), table.remove({}, 1))
print(select("#", table.insert(t, "x")), select("#", table.insert(t, 1, "y")))
print(table.concat({}), table.concat({1}), table.concat({1, 2, 3}), table.concat({1, "b", 2.5}, "; "), table.concat({1, 2, 3}, ",", 2), table.concat({1, 2, 3}, ",", 2, 3), table.concat({1, 2, 3}, ",", 3, 2))
print(table.concat({"a", "b"}, 1), table.concat({[5] = "e", [6] = "f"}, "-", 5, 6), table.concat(setmetatable({"x"}, {__index = function() return "y" end}), ",", 1, 1))
print(table.maxn{}, table.maxn{1, 2, 3}, table.maxn{[10] = 1, [2.5] = 1}, table.maxn{n = 1, [-5] = 1}, table.maxn{1, nil, 3})
print(table.getn{1, 2}, pcall(table.setn, {}, 1))
print(table.foreachi({10, 20, 30}, function(i, v) if v == 20 then return i end end), table.foreach({x = 1}, function(k, v) return k .. v end))
table.foreachi({"p", "q"}, print)
print(table.foreach({}, print), table.foreachi({1}, function() end))
local q = {}
for i = 1, 10 do table.insert(q, i) end
local s = 0
while #q > 0 do s = s * 3 % 1000 + table.remove(q, 1) if #q % 3 == 0 then table.insert(q, 1, 1) table.remove(q) end end
print(s)
for i = 1, 5 do table.insert(q, 1, i) end
print(table.concat(q))
table.insert(q, #q + 1, "end")
print(q[6], #q, unpack(q, 5))
local m = setmetatable({}, {__newindex = function() error("raw expected") end, __index = function() return 1 end})
print(pcall(table.insert, m, "x"), rawget(m, 1))
print(unpack({1, 2, 3}, -1, 1), (unpack({1, 2})), unpack({n = 3}, 1, 2))
print(#{unpack({}, 1, 50)}, select("#", unpack({}, 1, 50)))
local words = {}
for w in ("the quick brown fox"):gmatch("%a+") do table.insert(words, 1, w) end
print(table.concat(words, " "))
local rev = {}
while #words > 0 do rev[#rev + 1] = table.remove(words) end
print(table.concat(rev, " "))
--! out: 0 a b c d	5
--! out: d	0	b	a c
--! out: nil	2	nil	0
--! out: 0	0
--! out: 	1	123	1; b; 2.5	2,3	2,3	
--! out: a1b	e-f	x
--! out: 0	3	10	0	3
--! out: 2	false	'setn' is obsolete
--! out: 2	x1
--! out: 1	p
--! out: 2	q
--! out: nil
--! out: 541
--! out: 54321
--! out: end	6	1	end
--! out: true	x
--! out: nil	1	nil	nil
--! out: 0	50
--! out: fox brown quick the
--! out: the quick brown fox
