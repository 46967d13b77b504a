-- An error in a finaliser is collectgarbage's, and the next finalisers run all the same.
local log = {}
local function dying(what, fails)
  local p = newproxy(true)
  getmetatable(p).__gc = function()
    log[#log + 1] = what
    if fails then error(fails, 0) end
  end
end

dying("first", "in gc")
print(pcall(collectgarbage))
dying("second")
collectgarbage()
print(table.concat(log, " "))

-- A native function as finaliser.
do
  local p = newproxy(true)
  getmetatable(p).__gc = error
end
print((pcall(collectgarbage)))
dying("third")
collectgarbage()
print(table.concat(log, " "))

-- No hook is called in a finaliser, and it goes on behind one.
local lines = 0
dying("fourth")
debug.sethook(function() lines = lines + 1 end, "l")
collectgarbage()
local x = 1
debug.sethook()
print(lines, table.concat(log, " "))

-- In a coroutine.
local co = coroutine.create(function()
  dying("fifth", "in the coroutine")
  collectgarbage()
end)
print(coroutine.resume(co))
dying("sixth")
collectgarbage()
print(#log)
--! out: false	in gc
--! out: first second
--! out: false
--! out: first second third
--! out: 3	first second third fourth
--! out: false	in the coroutine
--! out: 6
