-- Calls a program's chunk again and again and says how long each call took: `time: SECONDS`. The last call's
-- own output follows.
--
--     warm_up.lua PROGRAM ITERATIONS [SIZE]
local path, iterations, size = ...
local chunk = assert(loadfile(path))
local clock, concat = os.clock, table.concat
local real_print = print

local lines
function print(...)
  local words = { ... }
  for i = 1, select("#", ...) do words[i] = tostring(words[i]) end
  lines[#lines + 1] = concat(words, "\t")
end

local times = {}
for i = 1, tonumber(iterations) do
  lines = {}
  local before = clock()
  chunk(size)
  times[i] = clock() - before
end

for i = 1, #times do real_print(("time: %.6f"):format(times[i])) end
for i = 1, #lines do real_print(lines[i]) end
