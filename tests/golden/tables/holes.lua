-- Holes read as nil wherever they are; counting does not go through the length operator.
local t = {1, nil, 3}
print(t[1], t[2], t[3], t[4])
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
print(count(t), count{nil, nil, 3}, count{nil}, count{n = nil})
t = {}
for i = 1, 20 do t[i] = i end
for i = 2, 18, 3 do t[i] = nil end
local list = {}
for i = 1, 21 do list[i] = tostring(t[i]) end
print(table.concat(list, " "))
print(count(t))
for i = 2, 18, 3 do t[i] = -i end
print(#t, count(t))
local s = 0
for i = 1, 20 do s = s + t[i] end
print(s)
t[20] = nil
print(#t)
local b = {n = 0}
b[3] = "c"
print(b[1], b[2], b[3])
b[1] = "a"
b[2] = "b"
print(#b, table.concat(b))
local border = {1, 2, 3, nil, 5}
local n = #border
print((n == 3 or n == 5) and "a border" or n)
print(select("#", unpack({1, nil, 3}, 1, 3)), (select(3, unpack({1, nil, 3}, 1, 3))))
local u = {nil, "b"}
print(u[1], u[2], rawget(u, 2))
local copy = {}
for k, v in pairs{10, nil, 30, nil, 50} do copy[k] = v end
print(copy[1], copy[2], copy[3], copy[5])
--! out: 1	nil	3	nil
--! out: 2	1	0	0
--! out: 1 nil 3 4 nil 6 7 nil 9 10 nil 12 13 nil 15 16 nil 18 19 20 nil
--! out: 14
--! out: 20	20
--! out: 96
--! out: 19
--! out: nil	nil	c
--! out: 3	abc
--! out: a border
--! out: 3	3
--! out: nil	b	b
--! out: 10	nil	30	50
