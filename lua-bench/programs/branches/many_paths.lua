-- Ten thousand functions made by `load`, each with a loop of its own that becomes just hot enough to matter.
--! check: 954247
--! quick: 3000 95748
local functions = tonumber((...) or 10000)

local load = loadstring or load
local total = 0
local made = {}
for i = 1, functions do
  made[i] = assert(load("local n = ... local s = " .. i .. " for i = 1, n do s = (s * " .. (i % 13 + 2) .. " + i) % 10007 end return s"))
end
for round = 1, 3 do
  for i = 1, functions do total = (total + made[i](150)) % 1000003 end
end
print("check: " .. total)
