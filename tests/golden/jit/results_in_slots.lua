-- Many exits need a slot in which a library call leaves its result: the old value must not be stored over it.
local text = "it was the best of times it was the worst of times it was the age of wisdom"
local function wrap(s, w)
  local lines, line = {}, ""
  for word in s:gmatch("%S+") do
    if #line + #word + 1 > w and line ~= "" then lines[#lines + 1] = line line = word
    else line = line == "" and word or line .. " " .. word end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "|")
end
for width = 8, 32, 8 do print(wrap(text, width)) end
--! out: it was|the best|of times|it was|the|worst of|times it|was the|age of|wisdom
--! out: it was the best|of times it was|the worst of|times it was the|age of wisdom
--! out: it was the best of times|it was the worst of|times it was the age of|wisdom
--! out: it was the best of times it was|the worst of times it was the|age of wisdom
--! jit: min-native-loops 1
