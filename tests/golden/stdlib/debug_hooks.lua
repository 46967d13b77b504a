-- debug.sethook: line, call, return and count events; an error raised in a hook.
local function called(x, y) return x + y end
local count = 0
debug.sethook(function(event, line) count = count + 1 end, "l")
local x = 1
x = x + 1
debug.sethook()
print(count, debug.gethook())
local calls = {}
debug.sethook(function(event) local i = debug.getinfo(2, "n") calls[#calls + 1] = event .. ":" .. tostring(i and i.name) end, "cr")
called(1, 2)
debug.sethook()
print(table.concat(calls, " "))
local n = 0
debug.sethook(function() n = n + 1 end, "", 100)
for i = 1, 2000 do end
debug.sethook()
print(n >= 10 and n <= 100)
local ok, e = pcall(function() debug.sethook(function() error("from hook", 0) end, "", 1000) while true do end end)
debug.sethook()
print(ok, e)
--! out: 3	nil		0
--! out: return:sethook call:called return:called call:sethook
--! out: true
--! out: false	from hook
