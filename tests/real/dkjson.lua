-- dkjson: its own test program, then documents made here, there and back.
-- Packages: lua-dkjson
local root = ...
package.path = root .. "/usr/share/lua/5.1/?.lua;" .. package.path
local chunk = assert(loadfile(root .. "/usr/share/doc/lua-dkjson/examples/jsontest.lua"))
chunk("dkjson")

local json = require("dkjson")
local random = 7
local function draw(n) random = (random * 16807) % 2147483647 return random % n end
local function document(depth)
  local kind = draw(depth > 4 and 5 or 7)
  if kind == 0 then return draw(2) == 0 end
  if kind == 1 then return draw(100000) / 8 end
  if kind == 2 then return draw(1000) - 500 end
  if kind <= 4 then
    local parts = {}
    for i = 1, draw(12) do parts[i] = string.char(draw(94) + 32) end
    return table.concat(parts) .. (draw(3) == 0 and "\n\t\"\\\195\169" or "")
  end
  local t = {}
  if kind == 5 then
    for i = 1, draw(6) do t[i] = document(depth + 1) end
    return setmetatable(t, {__jsontype = "array"})
  end
  local order = {}
  for i = 1, draw(6) do order[i] = "k" .. draw(50) t[order[i]] = document(depth + 1) end
  return setmetatable(t, {__jsontype = "object", __jsonorder = order})
end
for i = 1, 40 do
  local text = json.encode(document(0), {indent = i % 2 == 0})
  local again, position, message = json.decode(text)
  print(i, #text, position, message, #json.encode(again) > 0)
  if i % 10 == 0 then print(text) end
end
for _, bad in ipairs{"{", "[1,", "[1 2]", "{\"a\" 1}", "\"abc", "nul", "[\"\\x\"]", "01x", ""} do print(bad, json.decode(bad)) end
