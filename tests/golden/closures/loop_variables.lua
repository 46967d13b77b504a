-- Every iteration has fresh variables, whichever loop it is and however it is left.
local function show(list)
  local out = {}
  for i, f in ipairs(list) do out[i] = tostring(f()) end
  print(table.concat(out, " "))
end
local fs = {}
for i = 1, 3 do fs[i] = function() return i end end
show(fs)
fs = {}
for i = 1, 3 do local j = i * 10 fs[i] = function() j = j + 1 return j end end
show(fs) show(fs)
fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
show(fs) show(fs)
fs = {}
for k, v in ipairs{"a", "b", "c"} do fs[k] = function() v = v .. k return v end end
show(fs) show(fs)
fs = {}
local n = 0
while n < 3 do n = n + 1 local m = n fs[n] = function() m = m * 2 return m + n end end
show(fs) show(fs)
fs = {}
n = 0
repeat local m = n n = n + 1 fs[n] = function() m = m + 100 return m end until m >= 2
show(fs) show(fs)
fs = {}
for i = 1, 10 do local x = i fs[#fs + 1] = function() x = x + 1 return x end if i == 2 then break end end
show(fs) show(fs)
fs = {}
for i = 1, 2 do for j = 1, 2 do local s = 0 fs[#fs + 1] = function() s = s + 1 return i .. j .. s end end end
show(fs) show(fs)
-- two closures of one iteration share its variable
local getters, setters = {}, {}
for i = 1, 3 do
  local v = i
  getters[i] = function() return v end
  setters[i] = function(x) v = x end
end
setters[2]("changed")
show(getters)
-- a variable without initialiser starts nil each time
fs = {}
for i = 1, 3 do local v if i == 2 then v = "set" end fs[i] = function() return v end end
show(fs)
-- changing the loop variable does not change the loop
local seen = {}
for i = 1, 3 do local f = function() i = i * 10 end f() seen[#seen + 1] = i end
print(table.concat(seen, " "))
--! out: 1 2 3
--! out: 11 21 31
--! out: 12 22 32
--! out: 2 3 4
--! out: 3 4 5
--! out: a1 b2 c3
--! out: a11 b22 c33
--! out: 5 7 9
--! out: 7 11 15
--! out: 100 101 102
--! out: 200 201 202
--! out: 2 3
--! out: 3 4
--! out: 111 121 211 221
--! out: 112 122 212 222
--! out: 1 changed 3
--! out: nil set nil
--! out: 10 20 30
