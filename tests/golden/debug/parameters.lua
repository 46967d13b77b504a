-- debug.getlocal names the parameters of a function that is not active, and counts extra arguments downwards from -1.
local function f(first, second, ...) local third = ... return third end
for i = 0, 4 do print(i, debug.getlocal(f, i)) end
print(debug.getlocal(print, 1), debug.getlocal(coroutine.create(f), f, 2))
print(pcall(debug.getlocal, f, "x"))
local function extra(named, ...)
  for i = -1, -3, -1 do print(i, debug.getlocal(1, i)) end
  print(debug.setlocal(1, -2, "changed"), debug.setlocal(1, -3, "no such"))
  return named, ...
end
print(extra(1, 2, 3))
print(extra())
local function plain(a) return debug.getlocal(1, -1), debug.getlocal(1, -2147483648), a end
print(plain(1, 2))
--! ours: LuaJIT's extension
--! out: 0	nil
--! out: 1	first
--! out: 2	second
--! out: 3	nil
--! out: 4	nil
--! out: nil	second
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: -1	(*vararg)	2
--! out: -2	(*vararg)	3
--! out: -3	nil
--! out: (*vararg)	nil
--! out: 1	2	changed
--! out: -1	nil
--! out: -2	nil
--! out: -3	nil
--! out: nil	nil
--! out: nil
--! out: nil	nil	1
