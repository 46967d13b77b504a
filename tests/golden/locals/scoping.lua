-- Blocks, shadowing, visibility of a local in its own initialiser, globals behind locals.
x = "global"
print(x)
local x = x .. " copied"
print(x, _G.x)
do
  local x = "inner"
  print(x)
  do local x = x .. "most" print(x) end
  print(x)
  x = "changed"
  print(x)
end
print(x)
local function f() return x end
local x = "later"
print(f(), x)
if true then local x = "in if" print(x) end
for x = 1, 2 do local x = x * 10 io.write(x, " ") end
print(x)
local n = 0
repeat local done = n >= 2 n = n + 1 until done
print(n)
while true do local x = "loop" print(x) break end
print(x)
local a = 1
local a, b = a + 1, a + 2
print(a, b)
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
print(fact(10))
local g = function() return g end
print(g())
g2 = "global g2"
local g2 = function() return g2 end
print(g2())
local p, q, r = 1
print(p, q, r)
local u, v = 1, 2, print("evaluated although not needed")
print(u, v)
for i = 1, 3 do
  local fresh
  print(i, fresh)
  fresh = i
end
do
  local function shadow(print, shadow) return print, shadow end
  print(shadow(1, 2))
end
--! out: global
--! out: global copied	global
--! out: inner
--! out: innermost
--! out: inner
--! out: changed
--! out: global copied
--! out: global copied	later
--! out: in if
--! out: 10 20 later
--! out: 3
--! out: loop
--! out: later
--! out: 2	3
--! out: 3628800
--! out: nil
--! out: global g2
--! out: 1	nil	nil
--! out: evaluated although not needed
--! out: 1	2
--! out: 1	nil
--! out: 2	nil
--! out: 3	nil
--! out: 1	2
