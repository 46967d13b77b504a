-- A tokenizer that looks at one byte after another and cuts names, numbers and operators out.
--! check: 2000000 2500000 1000000 3500000
--! quick: 80 64000 80000 32000 112000
local rounds = tonumber((...) or 2500)

local byte, sub = string.byte, string.sub

local function is_letter(c) return c >= 97 and c <= 122 or c >= 65 and c <= 90 or c == 95 end
local function is_digit(c) return c >= 48 and c <= 57 end

local keywords = { ["if"] = true, ["then"] = true, ["end"] = true, ["while"] = true, ["do"] = true, ["local"] = true }

local function tokenize(source)
  local tokens, count, i, length = {}, 0, 1, #source
  while i <= length do
    local c = byte(source, i)
    if c == 32 or c == 10 then
      i = i + 1
    else
      local start = i
      local kind
      if is_letter(c) then
        repeat
          i = i + 1
          c = byte(source, i)
        until not c or not (is_letter(c) or is_digit(c))
        kind = keywords[sub(source, start, i - 1)] and "keyword" or "name"
      elseif is_digit(c) then
        repeat
          i = i + 1
          c = byte(source, i)
        until not c or not (is_digit(c) or c == 46)
        kind = "number"
      else
        i = i + 1
        kind = "operator"
      end
      count = count + 1
      tokens[count] = { kind = kind, text = sub(source, start, i - 1) }
    end
  end
  return tokens
end

local lines = {}
for i = 1, 200 do
  lines[i] = "local value" .. i .. " = " .. i .. ".5 * (count + " .. i * 3 .. ")\nif value" .. i .. " then work(value" .. i .. ") end"
end
local source = table.concat(lines, "\n")

local totals = { keyword = 0, name = 0, number = 0, operator = 0 }
for _ = 1, rounds do
  local tokens = tokenize(source)
  for i = 1, #tokens do
    local kind = tokens[i].kind
    totals[kind] = totals[kind] + 1
  end
end
print("check: " .. totals.keyword .. " " .. totals.name .. " " .. totals.number .. " " .. totals.operator)
