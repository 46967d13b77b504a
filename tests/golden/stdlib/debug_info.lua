-- debug: getinfo, locals, upvalues, metatables, environments.
local function f(a, b, ...) local c = 3 local i = debug.getinfo(1, "nSluf") return i, c end
local info = f(1, 2)
print(info.name, info.namewhat, info.short_src, info.source, info.linedefined, info.lastlinedefined, info.currentline, info.what, info.nups, info.func == f)
local m = debug.getinfo(1)
print(m.what, m.currentline, m.linedefined, m.name)
local p = debug.getinfo(print)
print(p.what, p.short_src, p.source, p.currentline, p.linedefined, p.nups)
print(debug.getinfo(100), pcall(debug.getinfo, print, ">"))
local lines = debug.getinfo(function()
  local x = 1

  return x
end, "L").activelines
local ls = {}
for l in pairs(lines) do ls[#ls + 1] = l end
table.sort(ls)
print(table.concat(ls, " "))
local function locals(x, y)
  local z = x + y
  local names = {}
  local i = 1
  while true do
    local n, v = debug.getlocal(1, i)
    if not n then break end
    if n ~= "names" then names[#names + 1] = n .. "=" .. tostring(v) end
    i = i + 1
  end
  return table.concat(names, " ")
end
print(locals(1, 2))
local function setl() local v = 1 print(debug.setlocal(1, 1, 99)) return v end
print(setl(), debug.setlocal(1, 1000, 1))
local up1, up2 = "one", "two"
local function ups() up1 = up1 return up1, up2 end
print(debug.getupvalue(ups, 1)) print(debug.getupvalue(ups, 2)) print(debug.getupvalue(ups, 3))
print(debug.setupvalue(ups, 1, "changed"), up1, ups())
local t = {}
print(debug.setmetatable(t, {__index = {k = 1}}) == t or debug.getmetatable(t) ~= nil, t.k, debug.getmetatable("").__index == string)
print(debug.getfenv(f) == _G, debug.setfenv(f, {}) == f, type(debug.getregistry()))
local co = coroutine.create(function(a) local b = a * 2 coroutine.yield() end)
coroutine.resume(co, 21)
print(debug.getlocal(co, 1, 1)) print(debug.getlocal(co, 1, 2)) print(debug.getinfo(co, 1, "l").currentline)
--! out: f	local	debug_info.lua	@debug_info.lua	2	2	2	Lua	0	true
--! out: main	5	0	nil
--! out: C	[C]	=[C]	-1	-1	0
--! out: nil	false	bad argument #2 to '?' (invalid option)
--! out: 11 13 14
--! out: x=1 y=2 z=3 i=5
--! out: v
--! out: 99	nil
--! out: up1	one
--! out: up2	two
--! out:
--! out: up1	changed	changed	two
--! out: true	1	true
--! out: true	true	table
--! out: a	21
--! out: b	42
--! out: 41
