-- and, or, not: values, short circuits, side effects and nested conditions.
local log = {}
local function v(name, value) log[#log + 1] = name return value end
local function flush(...) print(table.concat(log, " "), ...) log = {} end
flush(v("a", 1) and v("b", 2))
flush(v("a", nil) and v("b", 2))
flush(v("a", false) or v("b", 2))
flush(v("a", 1) or v("b", 2))
flush(v("a", 1) and v("b", nil) or v("c", 3))
flush(v("a", nil) or v("b", false) or v("c", nil))
flush((v("a", nil) or v("b", 1)) and (v("c", false) or v("d", 4)))
flush(not v("a", nil) and not v("b", 1))
flush(not (v("a", 1) and v("b", 2)) or v("c", 3))
if v("a", 1) and not v("b", nil) then flush("then") else flush("else") end
if v("a", nil) or (v("b", 1) and v("c", false)) then flush("then") else flush("else") end
if not (v("a", nil) or v("b", nil)) then flush("then") else flush("else") end
while v("a", 1) and not v("b", true) do error("never") end
flush("while")
local n = 0
repeat n = n + 1 until v("a", n > 2) or v("b", n == 2)
flush(n)
print(false and nil, nil and false, nil or false, false or nil, 0 and "zero is true", "" and "empty is true")
local a, b = nil, 5
local x = a and a.field or b
local y = a == nil and "nil" or "some"
local z = (a or b) == 5 and (a and 1 or 2)
print(x, y, z)
local cmp = 1 < 2 or error("never")
local ncmp = not (1 < 2) and error("never")
print(cmp, ncmp, 1 == 2 or 3, 1 < 2 and 3, (1 < 2) ~= (2 < 1))
local function truth(p, q, r) return (p and q) or (not p and r), p and (q or r), (p or q) and not r end
for i = 0, 7 do
  print(i, truth(i % 2 == 1, math.floor(i / 2) % 2 == 1, i >= 4))
end
local t = {k = false}
print(t.k == false, t.k == nil, t.k or "default", t.missing or "default", not t.k, not t.missing)
t.n = t.n or 10
t.n = t.n and t.n + 1
print(t.n)
--! out: a b	2
--! out: a	nil
--! out: a b	2
--! out: a	1
--! out: a b c	3
--! out: a b c	nil
--! out: a b c d	4
--! out: a b	false
--! out: a b c	3
--! out: a b	then
--! out: a b c	else
--! out: a b	then
--! out: a b	while
--! out: a b a b	2
--! out: false	nil	false	nil	zero is true	empty is true
--! out: 5	nil	2
--! out: true	false	3	3	true
--! out: 0	false	false	false
--! out: 1	false	false	true
--! out: 2	false	false	true
--! out: 3	true	true	true
--! out: 4	true	false	false
--! out: 5	false	true	false
--! out: 6	true	false	false
--! out: 7	true	true	false
--! out: true	false	default	default	true	true
--! out: 11
