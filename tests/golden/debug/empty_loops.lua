-- A loop without a body is one instruction that jumps to itself: each round counts, and is an event of its line.
local lines = 0
local function limit() lines = lines + 1 if lines == 5 then error("enough lines", 0) end end
debug.sethook(limit, "l")
local ok, message = pcall(function() while true do end end)
debug.sethook()
print(ok, message)

debug.sethook(function() error("enough instructions", 0) end, "", 1000)
local ok, message = pcall(function() while true do end end)
debug.sethook()
print(ok, message)

debug.sethook(function() error("enough rounds", 0) end, "", 1000)
local ok, message = pcall(function() repeat until false end)
debug.sethook()
print(ok, message)
--! out: false	enough lines
--! out: false	enough instructions
--! out: false	enough rounds
