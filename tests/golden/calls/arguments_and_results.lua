-- How many values a call gets and gives in every position.
local function none() end
local function one() return 1 end
local function two() return 1, 2 end
local function all(...) return ... end
print(none(), one(), two())
print(two(), two())
print((two()), (two()))
print((none()))
print(none(), none(), none())
print(select("#", none()), select("#", (none())), select("#", two(), none()), select("#", two(), two()))
local t = {two(), two()}
print(#t, t[1], t[2], t[3])
t = {two(), (two())}
print(#t)
t = {none(), two(), n = two()}
print(t[1], t[2], t[3], t.n)
t = {two(), nil}
print(t[1], t[2])
print(#{all(1, 2, 3, all(4, 5))}, #{all(all(1, 2, 3), 4)})
local a, b, c = two()
print(a, b, c)
a, b, c = (two())
print(a, b, c)
print(two() + two(), two() .. two(), two() == two(), -two(), not two())
if none() then print("yes") else print("no") end
print(all(nil, nil, nil))
print(select("#", all(nil, nil, nil)))
local function params(a, b, c) return a, b, c end
print(params(1), params(1, 2, 3, 4))
print((params(1, 2)))
local s = "method"
print(s:upper(), ("x"):rep(3), ("%d"):format(7), #s:rep(2))
print(all"string call", all[[long]], type(all{}))
print(string.format("%s %s", two()))
local f = function(...) return select("#", ...) end
print(f(), f(nil), f(nil, nil), f(two()), f(two(), nil), f({}, two()))
local function ret0() return none() end
local function ret1() return (none()) end
print(f(ret0()), f(ret1()))
local function nested(...) return all(all(...)) end
print(nested(1, nil, 3, nil))
for i, v in all(next, {10}, nil) do print(i, v) end
--! out: nil	1	1	2
--! out: 1	1	2
--! out: 1	1
--! out: nil
--! out: nil	nil
--! out: 0	1	1	3
--! out: 3	1	1	2
--! out: 2
--! out: nil	1	nil	1
--! out: 1	nil
--! out: 5	2
--! out: 1	2	nil
--! out: 1	nil	nil
--! out: 2	11	true	-1	false
--! out: no
--! out: nil	nil	nil
--! out: 3
--! out: 1	1	2	3
--! out: 1
--! out: METHOD	xxx	7	12
--! out: string call	long	table
--! out: 1 2
--! out: 0	1	2	2	2	3
--! out: 0	1
--! out: 1	nil	3	nil
--! out: 1	10
