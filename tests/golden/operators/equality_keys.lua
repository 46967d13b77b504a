-- Raw equality decides keys: 1 and 1.0 are one key, 1 and "1" are two, strings of equal bytes are one.
local t = {}
t[1] = "a"
t[1.0] = "b"
t[2 ^ 53] = "big"
t["k" .. "ey"] = "joined"
t[true], t[false] = "yes", "no"
print(t[1], t[3 - 2], t[0.5 + 0.5], t[9007199254740992], t.key, t["key"], t[true], t[not true])
local long = ("k"):rep(100)
t[long] = "long"
print(t[("k"):rep(50) .. ("k"):rep(50)], t[("k"):rep(99)])
local k1, k2 = {}, {}
t[k1], t[k2] = 1, 2
print(t[k1], t[k2], t[{}])
t[print] = "print"
print(t[print], t[_G.print], t[type])
local co = coroutine.create(function() end)
t[co] = "co"
print(t[co])
print(rawequal("a" .. "b", "ab"), rawequal(long, ("k"):rep(100)), rawequal(1, 1.0), rawequal({}, {}))
t[0.1 + 0.2] = "inexact"
print(t[0.3], t[0.1 + 0.2], t[0.30000000000000004])
t[-1], t[-1.5], t[1.5] = 1, 2, 3
print(t[-1], t[-1.5], t[1.5], t[-1.0])
--! out: b	b	b	big	joined	joined	yes	no
--! out: long	nil
--! out: 1	2	nil
--! out: print	print	nil
--! out: co
--! out: true	true	true	false
--! out: nil	inexact	inexact
--! out: 1	2	3	1
