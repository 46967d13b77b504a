-- A JSON encoder and decoder, round trips with sorted keys, errors with positions.
local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}
local null = setmetatable({}, {__tostring = function() return "null" end})
local function encode(v, out)
  local t = type(v)
  if v == null or v == nil then out[#out + 1] = "null"
  elseif t == "boolean" or t == "number" then out[#out + 1] = tostring(v)
  elseif t == "string" then out[#out + 1] = '"' .. v:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
  elseif #v > 0 or next(v) == nil then
    out[#out + 1] = "["
    for i = 1, #v do if i > 1 then out[#out + 1] = "," end encode(v[i], out) end
    out[#out + 1] = "]"
  else
    local keys = {}
    for k in pairs(v) do keys[#keys + 1] = k end
    table.sort(keys)
    out[#out + 1] = "{"
    for i, k in ipairs(keys) do if i > 1 then out[#out + 1] = "," end encode(k, out) out[#out + 1] = ":" encode(v[k], out) end
    out[#out + 1] = "}"
  end
  return out
end
local function stringify(v) return table.concat(encode(v, {})) end
local function parse(s)
  local pos = 1
  local value
  local function fail(what) error(what .. " at " .. pos, 0) end
  local function skip() pos = s:find("%S", pos) or #s + 1 end
  local function str()
    local out = {}
    pos = pos + 1
    while true do
      local from, to = s:find('^[^"\\]+', pos)
      if from then out[#out + 1] = s:sub(from, to) pos = to + 1 end
      local c = s:sub(pos, pos)
      if c == '"' then pos = pos + 1 return table.concat(out)
      elseif c == "\\" then
        local e = s:sub(pos + 1, pos + 1)
        if e == "u" then out[#out + 1] = string.char(tonumber(s:sub(pos + 2, pos + 5), 16)) pos = pos + 6
        else out[#out + 1] = ({n = "\n", t = "\t", r = "\r", b = "\b", f = "\f"})[e] or e pos = pos + 2 end
      else fail("unfinished string") end
    end
  end
  local literals = {["true"] = true, ["false"] = false, null = null}
  function value()
    skip()
    local c = s:sub(pos, pos)
    if c == "{" then
      local o = {}
      pos = pos + 1 skip()
      if s:sub(pos, pos) == "}" then pos = pos + 1 return o end
      repeat
        skip()
        if s:sub(pos, pos) ~= '"' then fail("key expected") end
        local k = str()
        skip()
        if s:sub(pos, pos) ~= ":" then fail("colon expected") end
        pos = pos + 1
        o[k] = value()
        skip()
        c = s:sub(pos, pos)
        pos = pos + 1
      until c ~= ","
      if c ~= "}" then pos = pos - 1 fail("} expected") end
      return o
    elseif c == "[" then
      local a = {}
      pos = pos + 1 skip()
      if s:sub(pos, pos) == "]" then pos = pos + 1 return a end
      repeat a[#a + 1] = value() skip() c = s:sub(pos, pos) pos = pos + 1 until c ~= ","
      if c ~= "]" then pos = pos - 1 fail("] expected") end
      return a
    elseif c == '"' then return str() end
    local word = s:match("^%a+", pos)
    if word and literals[word] ~= nil then pos = pos + #word return literals[word] end
    local num = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", pos)
    if not num then fail("value expected") end
    pos = pos + #num
    return tonumber(num)
  end
  local v = value()
  skip()
  if pos <= #s then fail("trailing text") end
  return v
end
local text = '{"a": [1, 2.5, -3e2, true, false, null], "b": {"nested": {"deep": ["x", "y\\n\\"z\\""]}}, "c": "\\u0041\\t", "empty": [], "n": 0}'
local v = parse(text)
print(stringify(v))
print(v.a[3], v.b.nested.deep[2], v.c, v.a[6] == null, #v.empty)
print(stringify(parse(stringify(v))) == stringify(v))
local big = {}
for i = 1, 20 do big[i] = {id = i, name = "item " .. i, tags = {"t" .. i % 3, "u"}, ok = i % 2 == 0} end
local s = stringify(big)
print(#s, stringify(parse(s)) == s)
for _, bad in ipairs{"[1, 2", '{"a" 1}', '{a: 1}', "[1 2]", '"abc', "nul", "", "[1] x", '{"a": }'} do print(bad, select(2, pcall(parse, bad))) end
--! out: {"a":[1,2.5,-300,true,false,null],"b":{"nested":{"deep":["x","y\n\"z\""]}},"c":"A\t","empty":[],"n":0}
--! out: -300	y
--! out: "z"	A		true	0
--! out: true
--! out: 1093	true
--! out: [1, 2	] expected at 6
--! out: {"a" 1}	colon expected at 6
--! out: {a: 1}	key expected at 2
--! out: [1 2]	] expected at 4
--! out: "abc	unfinished string at 5
--! out: nul	value expected at 1
--! out: 	value expected at 1
--! out: [1] x	trailing text at 5
--! out: {"a": }	value expected at 7
--! jit: min-native-loops 1
