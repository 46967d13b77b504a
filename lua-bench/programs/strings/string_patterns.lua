-- Patterns: `gsub` with a string, a function and a table, `gmatch`, `find` plain and not, `match`.
--! check: 197884417
local rounds = tonumber((...) or 900)

-- A text of key = value settings, comments and prose.
local lines = {}
for i = 1, 150 do
  local kind = i % 3
  if kind == 0 then
    lines[i] = "setting_" .. i .. "  =  \"value " .. i * 37 % 101 .. "\"  ; kept"
  elseif kind == 1 then
    lines[i] = "-- note " .. i .. ": see (section " .. i % 9 .. ") and [item " .. i % 13 .. "]"
  else
    lines[i] = "The Lazy dog, the Red fox and " .. i .. " Hens crossed $where at $when."
  end
end
local text = table.concat(lines, "\n")
local names = { where = "the river", when = "dawn" }

local check, counts = 0, {}
for round = 1, rounds do
  local words, capitals = 0, 0
  for word in text:gmatch("%a+") do
    words = words + 1
    if word:find("^%u") then capitals = capitals + 1 end
  end

  local filled, fills = text:gsub("%$(%w+)", names)
  local swapped, swaps = filled:gsub("(%w+) (%w+)", "%2 %1")
  local raised = swapped:gsub("%d+", function(digits) return tonumber(digits) + round end)

  local keys, values = 0, 0
  for line in text:gmatch("[^\n]+") do
    local key, value = line:match("^([%w_]+)%s*=%s*\"(.-)\"")
    if key then keys, values = keys + #key, values + tonumber(value:match("%d+$")) end
    if line:find("(section", 1, true) then keys = keys + 1 end
    if line:match("%b[]") then values = values + #line:match("%b[]") end
  end

  counts = { words, capitals, fills, swaps, keys, values, #raised, (select(2, raised:gsub("[aeiou]", ""))) }
  for _, count in ipairs(counts) do check = (check * 31 + count) % 1000000007 end
end

print(table.concat(counts, " "))
print(string.format("check: %d", check))
