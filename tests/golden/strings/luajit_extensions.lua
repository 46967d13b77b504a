-- What LuaJIT adds to the string and math libraries.
print(("x"):rep(3, ","), ("x"):rep(1, ","), ("x"):rep(0, ","), (""):rep(3, ","), ("ab"):rep(2, ""), ("x"):rep(3, 1))
print(pcall(string.rep, "x", 2, {}))
print(#("ab"):rep(1000, "--"), ("ab"):rep(50, ", "):sub(-7))
print(math.log(8, 2), math.log(1024, 2), math.log(1000, 10), math.log(27, 3), math.log(1))
print(pcall(math.log, 8, "x"))
for i = 1, 100 do
  local n = math.log(16, i % 2 == 0 and 2 or 4)
  if n ~= (i % 2 == 0 and 4 or 2) then print("wrong", i, n) end
end
local t = {}
print(string.format("%p", t) == tostring(t):match("0x%x+"), string.format("%p", 1), string.format("%p", nil))
print(string.format("%p", print) == string.format("%p", print), string.format("%p", t) == string.format("%p", {}))
print(string.format("%a", 0.5), string.format("%.1A", 1))
--! out: x,x,x	x		,,	abab	x1x1x
--! out: false	bad argument #3 to '?' (string expected, got table)
--! out: 3998	 ab, ab
--! out: 3	10	3	3	0
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: true	NULL	NULL
--! out: true	false
--! out: 0x1p-1	0X1.0P+0
--! ours: LuaJIT's extensions
