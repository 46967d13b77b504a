-- A JSON encoder and decoder: documents made, written, read, compared, changed and written again; a query over them.
--! check: 3493734 759915
--! quick: 15 581981 121492
local rounds = tonumber((...) or 90)

local byte, char, find, format, gsub, sub = string.byte, string.char, string.find, string.format, string.gsub, string.sub
local concat, sort = table.concat, table.sort

---------------------------------------------------------------------------------------------------
-- Writing

local null = setmetatable({}, { __tostring = function() return "null" end })

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(letter) return escapes[letter] or format("\\u%04x", byte(letter)) end

local function quote(text) return '"' .. gsub(text, '[%c"\\]', escape) .. '"' end

local function is_array(value)
  local count = 0
  for key in pairs(value) do
    if type(key) ~= "number" then return false end
    count = count + 1
  end
  return count == #value
end

local write

local function write_array(out, value)
  out[#out + 1] = "["
  for i = 1, #value do
    if i > 1 then out[#out + 1] = "," end
    write(out, value[i])
  end
  out[#out + 1] = "]"
end

local function write_object(out, value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  sort(keys)
  out[#out + 1] = "{"
  for i, key in ipairs(keys) do
    if i > 1 then out[#out + 1] = "," end
    out[#out + 1] = quote(key)
    out[#out + 1] = ":"
    write(out, value[key])
  end
  out[#out + 1] = "}"
end

function write(out, value)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "number" then
    if value % 1 == 0 then out[#out + 1] = format("%d", value) else out[#out + 1] = format("%.14g", value) end
  elseif kind == "boolean" then
    out[#out + 1] = value and "true" or "false"
  elseif value == null then
    out[#out + 1] = "null"
  elseif is_array(value) then
    write_array(out, value)
  else
    write_object(out, value)
  end
end

local function encode(value)
  local out = {}
  write(out, value)
  return concat(out)
end

---------------------------------------------------------------------------------------------------
-- Reading

local Reader = {}
Reader.__index = Reader

function Reader:fail(what) error(format("%s at byte %d", what, self.at), 0) end

function Reader:skip()
  local _, last = find(self.text, "^[ \n\r\t]*", self.at)
  self.at = last + 1
end

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

function Reader:string()
  local first = self.at + 1
  local at, parts = first, nil
  while true do
    local stop = find(self.text, '["\\]', at)
    if not stop then self:fail("unfinished string") end
    if byte(self.text, stop) == 34 then
      self.at = stop + 1
      local tail = sub(self.text, first, stop - 1)
      if not parts then return tail end
      parts[#parts + 1] = tail
      return concat(parts)
    end
    parts = parts or {}
    parts[#parts + 1] = sub(self.text, first, stop - 1)
    local letter = sub(self.text, stop + 1, stop + 1)
    if letter == "u" then
      parts[#parts + 1] = char(tonumber(sub(self.text, stop + 2, stop + 5), 16) % 256)
      at = stop + 6
    else
      parts[#parts + 1] = unescapes[letter] or self:fail("unknown escape")
      at = stop + 2
    end
    first = at
  end
end

function Reader:number()
  local _, last = find(self.text, "^-?%d+%.?%d*[eE]?[+-]?%d*", self.at)
  if not last then self:fail("unexpected character") end
  local value = tonumber(sub(self.text, self.at, last))
  self.at = last + 1
  return value
end

function Reader:word(text, value)
  if sub(self.text, self.at, self.at + #text - 1) ~= text then self:fail("unknown word") end
  self.at = self.at + #text
  return value
end

function Reader:array()
  local items, count = {}, 0
  self.at = self.at + 1
  self:skip()
  if byte(self.text, self.at) == 93 then
    self.at = self.at + 1
    return items
  end
  while true do
    count = count + 1
    items[count] = self:value()
    self:skip()
    local c = byte(self.text, self.at)
    self.at = self.at + 1
    if c == 93 then return items end
    if c ~= 44 then self:fail("',' or ']' expected") end
  end
end

function Reader:object()
  local fields = {}
  self.at = self.at + 1
  self:skip()
  if byte(self.text, self.at) == 125 then
    self.at = self.at + 1
    return fields
  end
  while true do
    self:skip()
    if byte(self.text, self.at) ~= 34 then self:fail("key expected") end
    local key = self:string()
    self:skip()
    if byte(self.text, self.at) ~= 58 then self:fail("':' expected") end
    self.at = self.at + 1
    fields[key] = self:value()
    self:skip()
    local c = byte(self.text, self.at)
    self.at = self.at + 1
    if c == 125 then return fields end
    if c ~= 44 then self:fail("',' or '}' expected") end
  end
end

function Reader:value()
  self:skip()
  local c = byte(self.text, self.at)
  if c == 123 then return self:object() end
  if c == 91 then return self:array() end
  if c == 34 then return self:string() end
  if c == 116 then return self:word("true", true) end
  if c == 102 then return self:word("false", false) end
  if c == 110 then return self:word("null", null) end
  return self:number()
end

local function decode(text)
  local reader = setmetatable({ text = text, at = 1 }, Reader)
  local value = reader:value()
  reader:skip()
  if reader.at <= #text then reader:fail("nothing more expected") end
  return value
end

---------------------------------------------------------------------------------------------------
-- Pointers into documents, as "/0/address/city" (RFC 6901), and patches (RFC 7386)

local function follow(document, pointer)
  local place = document
  for step in string.gmatch(pointer, "/([^/]*)") do
    if type(place) ~= "table" or place == null then return nil end
    step = gsub(step, "~1", "/")
    step = gsub(step, "~0", "~")
    local index = tonumber(step)
    place = place[index and index + 1 or step]
  end
  return place
end

local function merge(target, patch)
  if type(patch) ~= "table" or patch == null or is_array(patch) then return patch end
  if type(target) ~= "table" or target == null then target = {} end
  for key, value in pairs(patch) do
    if value == null then target[key] = nil else target[key] = merge(target[key], value) end
  end
  return target
end

-- How deep tables lie in tables.
local function depth(value)
  if type(value) ~= "table" or value == null then return 0 end
  local most = 0
  for _, inner in pairs(value) do most = math.max(most, depth(inner)) end
  return most + 1
end

---------------------------------------------------------------------------------------------------
-- Documents

local seed = 8
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local first_names = { "Ada", "Alan", "Barbara", "Donald", "Edsger", "Grace", "John", "Leslie" }
local notes = { "plain", 'says "hello"', "tab\there", "line\nbreak", "back\\slash", "caf\\u00e9 \1" }

local function person(id)
  local friends = {}
  for i = 1, random(6) do friends[i] = { id = random(1000), since = 1990 + random(30), close = random(2) == 1 } end
  return {
    id = id, name = first_names[random(#first_names)] .. " " .. random(100), age = random(90),
    balance = random(100000) / 100, active = random(3) > 1, manager = random(5) == 1 and null or random(1000),
    tags = { notes[random(#notes)], notes[random(#notes)] }, friends = friends,
    address = { street = random(200) .. " Main Street", city = "City " .. random(50), zip = format("%05d", random(99999)) },
  }
end

local function same(a, b)
  if type(a) ~= type(b) then return false end
  if type(a) ~= "table" or a == null then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- What the active people own, by city, and how many friends they have.
local function report(people)
  local owned, friends = {}, 0
  for _, someone in ipairs(people) do
    if someone.active then
      local city = someone.address.city
      owned[city] = (owned[city] or 0) + someone.balance
      friends = friends + #someone.friends
    end
  end
  local cities = {}
  for city in pairs(owned) do cities[#cities + 1] = city end
  sort(cities, function(a, b) return owned[a] > owned[b] or owned[a] == owned[b] and a < b end)
  return cities[1], friends
end

-- Somebody moves and grows older; what a patch says is what is found afterwards.
local function move(people, index, round)
  local city = "City " .. round % 50
  local patch = format('{"age": %d, "address": {"city": %s, "zip": null}, "moved": [%d]}', round, quote(city), round)
  people[index + 1] = merge(people[index + 1], decode(patch))
  local where = "/" .. index
  assert(follow(people, where .. "/address/city") == city and follow(people, where .. "/address/zip") == nil)
  assert(follow(people, where .. "/moved/0") == round and follow(people, where .. "/age/none") == nil)
end

local people = {}
for id = 1, 120 do people[id] = person(id) end

local size, check = 0, 0
for round = 1, rounds do
  local text = encode(people)
  local copy = decode(text)
  assert(same(people, copy))
  assert(encode(copy) == text)
  local city, friends = report(copy)
  size = size + #text
  check = (check + friends * 31 + byte(city, -1) + depth(copy)) % 1000003
  people = copy
  people[random(#people)] = person(round + 1000)
  move(people, random(#people) - 1, round)
end
print("check: " .. size .. " " .. check)
