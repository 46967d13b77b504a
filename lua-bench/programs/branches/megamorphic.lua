-- One call site, forty functions; one field access, forty layouts of objects; one operator, several types.
--! check: 998464
local rounds = tonumber((...) or 250000)

local functions, objects = {}, {}
for i = 1, 40 do
  functions[i] = function(x) return x + i end
  local object = {}
  -- Each has other fields before the one that is read.
  for j = 1, i % 8 do object["field" .. (i * 3 + j)] = j end
  object.value = i
  objects[i] = object
end
local mixed = { 1, "2", 3.5, "40", 5 }

local sum = 0
for round = 1, rounds do
  for i = 1, 40 do
    sum = functions[i](sum) + objects[(i + round) % 40 + 1].value + mixed[i % 5 + 1]
  end
  sum = sum % 1000003
end
print(("check: %d"):format(sum))
