-- Strings become numbers in arithmetic and numbers become strings in concatenation, and nowhere else.
print("10" + 5, "3" * "4", "0x10" + 0, " 7 " - 2, "1e2" / 4, -"2", "2" ^ "3", "7" % "4")
print(10 .. 20, 1.5 .. "x", -1 .. "", 1e100 .. "")
print("10" == 10, 0 == "0", "abc" == "abc", 1 == 1.0)
print(pcall(function() return "a" + 1 end))
print(pcall(function() return "10" < 5 end))
print(pcall(function() return 1 < "2" end))
print(pcall(function() return {} .. "x" end))
print(pcall(function() return "" + 1 end))
print(pcall(function() return "1 2" + 1 end))
local t = {}
t[1] = "number"
t["1"] = "string"
print(t[1], t["1"])
for i = "1", "3" do print(i, type(i)) end
for i = "10", 1, "-4" do print(i) end
print(string.rep("ab", "3"), ("x"):rep(2.0), math.max("10", 9), ("5"):byte("1"))
print(#tostring(12345), #(12 .. ""))
--! out: 15	12	16	5	25	-2	8	3
--! out: 1020	1.5x	-1	1e+100
--! out: false	false	true	true
--! out: false	coercion.lua:5: attempt to perform arithmetic on a string value
--! out: false	coercion.lua:6: attempt to compare string with number
--! out: false	coercion.lua:7: attempt to compare number with string
--! out: false	coercion.lua:8: attempt to concatenate a table value
--! out: false	coercion.lua:9: attempt to perform arithmetic on a string value
--! out: false	coercion.lua:10: attempt to perform arithmetic on a string value
--! out: number	string
--! out: 1	number
--! out: 2	number
--! out: 3	number
--! out: 10
--! out: 6
--! out: 2
--! out: ababab	xx	10	53
--! out: 5	2
