-- A large living heap under slow change: trees of records, a part replaced in every round.
--! check: 390259 500000
local rounds = tonumber((...) or 15)
local groups = 400

local function record(id)
  return { id = id, name = "record " .. id, tags = { id % 3, id % 5, id % 7 }, parent = false }
end

local world, made = {}, 0
local function group(size)
  local members = {}
  for i = 1, size do
    made = made + 1
    members[i] = record(made)
    members[i].parent = members[1]
  end
  return members
end
for i = 1, groups do world[i] = group(500) end

local seed, check = 21, 0
for _ = 1, rounds do
  for _ = 1, groups / 10 do
    seed = (seed * 16807) % 2147483647
    world[seed % groups + 1] = group(500)
  end
  for i = 1, groups do
    local members = world[i]
    check = (check + members[500].parent.id + members[250].tags[2]) % 1000003
  end
end
print("check: " .. check .. " " .. made)
