-- or < and < comparison < .. < + - < * / % < unary < ^ ; .. and ^ associate to the right.
print(2 + 3 * 4, (2 + 3) * 4, 2 * 3 + 4, 10 - 4 - 3, 100 / 10 / 2, 7 % 4 % 2)
print(2 ^ 3 ^ 2, (2 ^ 3) ^ 2, -2 ^ 2, (-2) ^ 2, 2 ^ -1, 2 * 3 ^ 2)
print(not 1 == 2, not (1 == 2), not nil == true, #"abc" + 1, -#"abc")
print(1 .. 2 .. 3, 1 + 1 .. 2 + 2, "a" .. 2 * 3, 2 .. 3 ^ 2)
print(1 < 2 == true, "a" .. "b" == "ab", 1 + 1 == 2, 2 * 2 > 3)
print(1 or nil and nil, (1 or nil) and nil, nil and 1 or 2, false or nil and 1, nil or false)
print(1 and 2 or 3, nil and 2 or 3, false == nil, not not nil)
print(1 == 1 and 2 == 2, 1 == 1 or error("not evaluated"), nil and error("not evaluated"))
print(5 - 3 .. "", -3 .. "", - - 3, not not 3, not -3)
local t = {1, 2, 3}
print(#t * 2, -t[1] + t[2], #t == 3 and "three", not #t, -(#t) ^ 2)
print(2 ^ 2 ^ 0, 2 ^ (2 ^ 0), 3 * -2, 3 - -2, 8 / 2 * 4, 8 % 3 * 2, 1 - 2 + 3)
print("x" .. 1 + 2 .. "y", "10" + 1 .. "0", 2 * "3" .. 4)
print(1 < 2 and 2 < 3, 1 < 2 and "yes" or "no", (1 < 2) == (2 < 3))
print(not nil and 1, not (nil and 1), not 1 or 2, -2 ^ 2 == -4)
--! out: 14	20	10	3	5	1
--! out: 512	64	-4	4	0.5	18
--! out: false	true	true	4	-3
--! out: 123	24	a6	29
--! out: true	true	true	true
--! out: 1	nil	2	nil	false
--! out: 2	3	false	false
--! out: true	true	nil
--! out: 2	-3	3	true	false
--! out: 6	1	three	false	-9
--! out: 2	2	-6	5	16	4	2
--! out: x3y	110	64
--! out: true	yes	true
--! out: 1	true	2	true
