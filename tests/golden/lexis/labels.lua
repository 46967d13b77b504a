-- LuaJIT's goto and labels: which labels can be seen from where, and what a jump does to variables.
--! ours: LuaJIT's extension
local function try(source)
  local f, message = loadstring(source, "=chunk")
  print(f and "fine" or message)
end
try("goto a")
try("do ::a:: end goto a")
try("::a:: ::a::")
try("::a:: ::b:: do ::b:: end ::a::")
try("goto a local x ::a:: local y")
try("do local v goto a end local x ::a:: print(x)")
try("repeat goto a local x ::a:: until x")
try("repeat goto a local x ::a:: ::b:: until x")
try("do goto a local x ::a:: end")
try("do goto a local x ::a:: ::b:: end")
try("do goto b goto a local x ::a:: ::b:: ::c:: end")
try("goto a local x ::a:: ::b:: ::c::")
try("goto a local x ::a:: ::b:: return")
try("goto = 1 goto.x = goto goto(goto)")
do
  local x = 11
  do
    goto a
    goto b
    local y = 22
    x = y
    ::a::
    ::b::
  end
  print(x)
end
local x, turns = 1, 0
while true do
  goto b
  ::a:: if x < 100 then goto c end
  goto d
  ::b:: x = x + 1 goto a
  ::c:: turns = turns + 1
end
::d::
print(x, turns)
local closures, i = {}, 1
::again::
local fresh
closures[i] = function() return fresh end
fresh = i
i = i + 1
if i <= 2 then goto again end
print(closures[1](), closures[2]())
for round = 1, 300 do
  for step = 1, 3 do
    if step == 2 then goto continue end
    turns = turns + step
    ::continue::
    ::over::
  end
end
print(turns)
do ::a:: do goto a ::a:: end end
print("end")
-- A label hides those of its name in outer blocks, and from inner blocks one can go back to it.
try("::a:: do goto a end")
try("::a:: do ::a:: end goto a")
try("::a:: local function f() goto a end")
try("do ::a:: end ::a:: ::b:: do ::a:: ::a:: end")
try("goto a do ::a:: end")
local trail = {}
local count = 0
::top::
count = count + 1
trail[#trail + 1] = "t" .. count
do
  local inner = count
  if count == 1 then goto top end
  do
    if count == 2 then goto top end
    goto below
    ::top::
    trail[#trail + 1] = "inner"
    ::below::
    if inner == 3 then
      inner = 4
      goto top
    end
  end
end
if count < 4 then goto top end
print(table.concat(trail, " "))
--! out: chunk:1: undefined label 'a'
--! out: chunk:1: undefined label 'a'
--! out: chunk:1: duplicate label 'a'
--! out: chunk:1: duplicate label 'a'
--! out: chunk:1: <goto a> jumps into the scope of local 'x'
--! out: chunk:1: <goto a> jumps into the scope of local 'x'
--! out: chunk:1: <goto a> jumps into the scope of local 'x'
--! out: chunk:1: <goto a> jumps into the scope of local 'x'
--! out: fine
--! out: fine
--! out: fine
--! out: fine
--! out: chunk:1: <goto a> jumps into the scope of local 'x'
--! out: fine
--! out: 11
--! out: 100	98
--! out: 1	2
--! out: 1298
--! out: end
--! out: fine
--! out: fine
--! out: chunk:1: undefined label 'a'
--! out: chunk:1: duplicate label 'a'
--! out: chunk:1: undefined label 'a'
--! out: t1 t2 inner t3 inner t4
