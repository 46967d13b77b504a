-- Base64, both ways, byte by byte with arithmetic.
--! check: 13167668
local rounds = tonumber((...) or 500)

local byte, char, floor, concat = string.byte, string.char, math.floor, table.concat
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local letters, values = {}, {}
for i = 1, 64 do
  letters[i - 1] = alphabet:sub(i, i)
  values[alphabet:byte(i)] = i - 1
end

local function encode(data)
  local out = {}
  for i = 1, #data, 3 do
    local a, b, c = byte(data, i, i + 2)
    local group = a * 65536 + (b or 0) * 256 + (c or 0)
    out[#out + 1] = letters[floor(group / 262144)]
    out[#out + 1] = letters[floor(group / 4096) % 64]
    out[#out + 1] = b and letters[floor(group / 64) % 64] or "="
    out[#out + 1] = c and letters[group % 64] or "="
  end
  return concat(out)
end

local function decode(text)
  local out = {}
  for i = 1, #text, 4 do
    local a, b, c, d = byte(text, i, i + 3)
    local group = values[a] * 262144 + values[b] * 4096 + (values[c] or 0) * 64 + (values[d] or 0)
    out[#out + 1] = char(floor(group / 65536))
    if values[c] then out[#out + 1] = char(floor(group / 256) % 256) end
    if values[d] then out[#out + 1] = char(group % 256) end
  end
  return concat(out)
end

local bytes = {}
for i = 1, 20000 do bytes[i] = char((i * 7 + floor(i / 256)) % 256) end
local data = concat(bytes)

local size = 0
for i = 1, rounds do
  local text = encode(data:sub(i))
  size = size + #text
  assert(decode(text) == data:sub(i))
end
print("check: " .. size)
