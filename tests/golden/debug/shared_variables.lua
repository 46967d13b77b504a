-- What debug.setupvalue and debug.setlocal assign is seen by everyone who shares the variable.
local function pair()
  local x = 1
  local function a() return x end
  local function b() return x end
  return a, b, function() return x end, function(n) return debug.setlocal(2, n, 99) end
end
local a,b = pair()
print(debug.setupvalue(a,1,42), a(), b())
local function outer()
  local v = 5
  local f = function() return v end
  debug.setupvalue(f,1,6)
  return v, f()
end
print(outer())
local function g()
  local v = 5
  local f = function() return (function() return v end)() end
  print(debug.setlocal(1,1,7), f(), v)
end
g()
local function p(q) local f=function() return q end debug.setupvalue(f,1,"new") return q,f() end
print(p(1))
for i=1,2 do local f=function() return i end local h=function() return i end debug.setupvalue(f,1,i*10) print(f(),h(),i) end
local function rec(n) if n==0 then return 0 end return rec(n-1) end
print(debug.setupvalue(rec,1,function() return "replaced" end)) print(rec(2))
--! out: x	42	42
--! out: 6	6
--! out: v	7	7
--! out: new	new
--! out: 10	10	10
--! out: 20	20	20
--! out: rec
--! out: replaced
