-- A text pipeline: a log is made, split, parsed by patterns, filtered, grouped, and set as tables, wrapped paragraphs, markup,
-- separated values and templates; texts are compared and packed.
--! check: 638309
local rounds = tonumber((...) or 25)

---------------------------------------------------------------------------------------------------
-- The log

local seed = 2718
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local methods = { "GET", "GET", "GET", "POST", "PUT", "DELETE" }
local paths = { "/", "/index.html", "/api/users", "/api/users/17", "/images/logo.png", "/search", "/login" }
local agents = { "Browser/1.0 (X; like Y)", "Crawler/2.1", "curl/7.0", "Phone App/3.3 beta" }

local function entry(i)
  local path = paths[random(#paths)]
  if random(3) == 1 then path = path .. "?q=" .. random(50) .. "&page=" .. random(5) .. "&name=a%20b" end
  local status = random(10) == 1 and 404 or random(25) == 1 and 500 or 200
  return ('10.0.%d.%d - - [%02d/Nov/2026:%02d:%02d:%02d +0000] "%s %s HTTP/1.1" %d %d "%s"'):format(
    random(4), random(250), random(30), random(24) - 1, math.floor(i / 60) % 60, i % 60, methods[random(#methods)], path,
    status, random(20000), agents[random(#agents)])
end

local lines = {}
for i = 1, 2000 do lines[i] = entry(i) end
local log = table.concat(lines, "\n") .. "\n"

---------------------------------------------------------------------------------------------------
-- Iterators that are put together: each takes a source and gives one

local function each_line(text)
  local at = 1
  return function()
    if at > #text then return nil end
    local stop = text:find("\n", at, true) or #text + 1
    local line = text:sub(at, stop - 1)
    at = stop + 1
    return line
  end
end

local function map(source, change)
  return function()
    local item = source()
    if item ~= nil then return change(item) end
  end
end

local function filter(source, wanted)
  return function()
    local item
    repeat item = source() until item == nil or wanted(item)
    return item
  end
end

---------------------------------------------------------------------------------------------------
-- Parsing

local function unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function parse_query(query)
  local fields = {}
  for key, value in query:gmatch("([^&=]+)=([^&]*)") do fields[unescape(key)] = unescape(value) end
  return fields
end

local pattern = '^(%d+%.%d+%.%d+%.%d+) %- %- %[(%d+)/(%a+)/(%d+):(%d+):(%d+):(%d+) [^%]]*%] "(%u+) (%S+) [^"]*" (%d+) (%d+) "([^"]*)"$'

local function parse(line)
  local host, day, _, _, hour, minute, second, method, target, status, size, agent = line:match(pattern)
  if not host then error("unreadable: " .. line, 0) end
  local path, query = target:match("^([^?]*)%??(.*)$")
  return {
    host = host, day = tonumber(day), time = hour * 3600 + minute * 60 + second, method = method, path = path,
    query = query ~= "" and parse_query(query) or nil, status = tonumber(status), size = tonumber(size),
    agent = agent:match("^[^/]+"),
  }
end

---------------------------------------------------------------------------------------------------
-- Grouping

local function group(source, key, start, add)
  local groups, order = {}, {}
  for item in source do
    local name = key(item)
    if groups[name] == nil then
      groups[name] = start
      order[#order + 1] = name
    end
    groups[name] = add(groups[name], item)
  end
  table.sort(order, function(a, b)
    if groups[a] ~= groups[b] then return groups[a] > groups[b] end
    return tostring(a) < tostring(b)
  end)
  local i = 0
  return function()
    i = i + 1
    if order[i] ~= nil then return order[i], groups[order[i]] end
  end
end

---------------------------------------------------------------------------------------------------
-- Setting

local function set_table(title, next_row)
  local rows, width = {}, #title
  for name, value in next_row do
    name = tostring(name)
    rows[#rows + 1] = { name, tostring(value) }
    width = math.max(width, #name)
  end
  local out = { title:upper(), ("="):rep(width + 12) }
  for i, row in ipairs(rows) do
    out[#out + 1] = ("%-" .. width .. "s |%10s"):format(row[1], row[2])
    if i == 8 then break end
  end
  return table.concat(out, "\n")
end

local function wrap(text, width)
  local out, line = {}, ""
  for word in text:gmatch("%S+") do
    if #line + #word + 1 > width and line ~= "" then
      out[#out + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  out[#out + 1] = line
  return out
end

local entities = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" }
local function markup(text)
  text = text:gsub("[<>&]", entities)
  text = text:gsub("%*%*(.-)%*%*", "<b>%1</b>"):gsub("_(.-)_", "<i>%1</i>")
  text = text:gsub("`([^`]*)`", function(code) return "<code>" .. code:reverse():reverse() .. "</code>" end)
  return (text:gsub("\n%s*\n", "</p>\n<p>"))
end

local function rot13(text)
  return (text:gsub("%a", function(letter)
    local base = letter:lower() == letter and 97 or 65
    return string.char((letter:byte() - base + 13) % 26 + base)
  end))
end

---------------------------------------------------------------------------------------------------
-- Values separated by commas, quoted where they must be

local function csv_line(fields)
  local out = {}
  for i, field in ipairs(fields) do
    field = tostring(field)
    if field:find('[,"\n]') then field = '"' .. field:gsub('"', '""') .. '"' end
    out[i] = field
  end
  return table.concat(out, ",")
end

local function csv_fields(line)
  local fields, at = {}, 1
  repeat
    if line:sub(at, at) == '"' then
      local from, stop = at + 1, at + 1
      while true do
        stop = line:find('"', stop, true)
        if line:sub(stop + 1, stop + 1) ~= '"' then break end
        stop = stop + 2
      end
      fields[#fields + 1] = line:sub(from, stop - 1):gsub('""', '"')
      at = stop + 2
    else
      local stop = line:find(",", at, true) or #line + 1
      fields[#fields + 1] = line:sub(at, stop - 1)
      at = stop + 1
    end
  until at > #line + 1
  return fields
end

---------------------------------------------------------------------------------------------------
-- Templates: {{name}}, and {{#list}}...{{/list}} for each of a list

local function fill(template, values)
  local out = template:gsub("{{#(%w+)}}(.-){{/%1}}", function(name, body)
    local parts = {}
    for i, item in ipairs(values[name]) do parts[i] = fill(body, setmetatable(item, { __index = values })) end
    return table.concat(parts)
  end)
  return (out:gsub("{{(%w+)}}", function(name) return tostring(values[name]) end))
end

local report = [[
Report {{round}}: {{count}} hosts
{{#hosts}}- {{host}} failed {{failures}} times in report {{round}}
{{/hosts}}]]

---------------------------------------------------------------------------------------------------
-- What has changed from one list of lines to another: the longest common subsequence stays

local function difference(old, new)
  local lengths = {}
  for i = #old + 1, 1, -1 do
    lengths[i] = {}
    for j = #new + 1, 1, -1 do
      if i > #old or j > #new then
        lengths[i][j] = 0
      elseif old[i] == new[j] then
        lengths[i][j] = lengths[i + 1][j + 1] + 1
      else
        lengths[i][j] = math.max(lengths[i + 1][j], lengths[i][j + 1])
      end
    end
  end
  local out, i, j = {}, 1, 1
  while i <= #old or j <= #new do
    if i <= #old and j <= #new and old[i] == new[j] then
      out[#out + 1] = "  " .. old[i]
      i, j = i + 1, j + 1
    elseif j > #new or i <= #old and lengths[i + 1][j] >= lengths[i][j + 1] then
      out[#out + 1] = "- " .. old[i]
      i = i + 1
    else
      out[#out + 1] = "+ " .. new[j]
      j = j + 1
    end
  end
  return table.concat(out, "\n")
end

---------------------------------------------------------------------------------------------------
-- Runs of one letter as the letter and a number, and back

local function pack(text)
  local out, at = {}, 1
  while true do
    local first, _, letter = text:find("(.)%1%1%1", at)
    if not first then break end
    local stop = first + 4
    while text:sub(stop, stop) == letter do stop = stop + 1 end
    out[#out + 1] = text:sub(at, first - 1) .. letter .. "#" .. stop - first .. ";"
    at = stop
  end
  return table.concat(out) .. text:sub(at)
end

local function unpack_runs(text)
  return (text:gsub("(.)#(%d+);", function(letter, count) return letter:rep(tonumber(count)) end))
end

---------------------------------------------------------------------------------------------------

local function entries() return map(each_line(log), parse) end

local check = 0
local function account(text)
  for i = 1, #text, 13 do check = (check * 31 + text:byte(i)) % 1000003 end
end

-- As many fields as written, the same text again.
local function export(source)
  local out = {}
  for e in source do
    local line = csv_line({ e.host, e.method .. ', "' .. e.path .. '"', e.status, e.size, e.agent })
    local fields = csv_fields(line)
    assert(#fields == 5 and csv_line(fields) == line, line)
    out[#out + 1] = line
  end
  return table.concat(out, "\n")
end

local page_before = {}
for round = 1, rounds do
  local by_path = set_table("bytes by path", group(entries(), function(e) return e.path end, 0,
    function(sum, e) return sum + e.size end))
  local by_hour = set_table("requests by hour", group(entries(), function(e) return math.floor(e.time / 3600) end, 0,
    function(sum) return sum + 1 end))
  local failing = filter(entries(), function(e) return e.status >= 400 end)
  local by_host = set_table("failures by host", group(failing, function(e) return e.host end, 0,
    function(sum) return sum + 1 end))
  local searching = filter(entries(), function(e) return e.query and tonumber(e.query.q) % 7 == round % 7 end)
  local pages = set_table("pages asked for", group(searching, function(e) return e.query.name .. " " .. e.query.page end, 0,
    function(sum) return sum + 1 end))
  local page = markup("**Report** _" .. round .. "_ of `" .. by_host .. "` & <more>\n\n" .. pages)
  account(by_path)
  account(by_hour)
  account(page)
  account(export(filter(entries(), function(e) return e.status == 500 end)))
  local hosts = {}
  for host, failures in by_host:gmatch("\n([%d.]+) +| +(%d+)") do hosts[#hosts + 1] = { host = host, failures = failures } end
  account(fill(report, { round = round, count = #hosts, hosts = hosts }))
  local lines_now = wrap(pages, 30)
  account(difference(page_before, lines_now))
  page_before = lines_now
  local packed = pack(by_hour)
  assert(#packed < #by_hour and unpack_runs(packed) == by_hour)
  for _, line in ipairs(wrap(rot13(page .. by_path), 30 + round % 20)) do check = (check + #line) % 1000003 end
end
print("check: " .. check)
