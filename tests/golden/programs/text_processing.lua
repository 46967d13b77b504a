-- Word counts, a template engine, CSV, run-length coding, base64, a matcher with backtracking, number words.
local text = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness"
local counts, words = {}, {}
for w in text:lower():gmatch("%a+") do if not counts[w] then words[#words + 1] = w end counts[w] = (counts[w] or 0) + 1 end
table.sort(words, function(a, b) if counts[a] ~= counts[b] then return counts[a] > counts[b] end return a < b end)
for i = 1, 5 do io.write(words[i], "=", counts[words[i]], " ") end print()
local function render(t, env) return (t:gsub("{{(%w+)|?(%w*)}}", function(k, f) local v = tostring(env[k] or "?") return f == "upper" and v:upper() or f == "len" and #v or v end)) end
print(render("Hello {{name|upper}}, you are {{age}}; {{name|len}} letters, {{none}}", {name = "Ann", age = 30}))
local function csv(line)
  local r, pos = {}, 1
  while true do
    if line:sub(pos, pos) == '"' then
      local e = pos
      repeat e = line:find('"', e + 1, true) local pair = line:sub(e + 1, e + 1) == '"' if pair then e = e + 1 end until not pair
      r[#r + 1] = (line:sub(pos + 1, e - 1):gsub('""', '"'))
      pos = e + 1
    else
      local s, e, f = line:find("^([^,]*)", pos)
      r[#r + 1] = f
      pos = e + 1
    end
    if pos > #line then return r end
    pos = pos + 1
  end
end
print(table.concat(csv('a,"b ""q"" c",,d'), "|"))
local function rle(s)
  local out, i = {}, 1
  while i <= #s do
    local c, j = s:sub(i, i), i
    while s:sub(j + 1, j + 1) == c do j = j + 1 end
    out[#out + 1] = j > i and c .. j - i + 1 or c
    i = j + 1
  end
  return table.concat(out)
end
local function unrle(s) return (s:gsub("(%a)(%d+)", function(c, n) return c:rep(n) end)) end
print(rle("aaabccddddde"), unrle(rle("aaabccddddde")))
local b = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, c, d = s:byte(i, i + 2)
    local n = a * 65536 + (c or 0) * 256 + (d or 0)
    for k = 3, 0, -1 do
      local v = math.floor(n / 64 ^ k) % 64
      out[#out + 1] = (k == 1 and not c or k == 0 and not d) and "=" or b:sub(v + 1, v + 1)
    end
  end
  return table.concat(out)
end
print(base64("Hello, World!"), base64("ab"), base64("abc"), base64(""))
local function glob(p, s)
  if p == "" then return s == "" end
  local c = p:sub(1, 1)
  if c == "*" then for i = 1, #s + 1 do if glob(p:sub(2), s:sub(i)) then return true end end return false end
  return s ~= "" and (c == "?" or c == s:sub(1, 1)) and glob(p:sub(2), s:sub(2))
end
print(glob("*.lua", "test.lua"), glob("t?st.*", "test.lua"), glob("*a*b*c", "xxaxxbxxc"), glob("*.lua", "test.c"))
local small = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
local function caps(s) return (s:gsub("%f[%a]%a", string.upper)) end
print(caps(table.concat(small, " ")))
local function wrap(s, w) local lines, line = {}, "" for word in s:gmatch("%S+") do if #line + #word + 1 > w and line ~= "" then lines[#lines + 1] = line line = word else line = line == "" and word or line .. " " .. word end end lines[#lines + 1] = line return lines end
for _, l in ipairs(wrap(text, 30)) do print(("%-30s|"):format(l)) end
local freq = {}
for c in text:lower():gmatch("%a") do freq[c] = (freq[c] or 0) + 1 end
local bars = {}
for c = ("a"):byte(), ("e"):byte() do local k = string.char(c) bars[#bars + 1] = k .. ":" .. ("*"):rep(freq[k] or 0) end
print(table.concat(bars, " "))
local sum = 0
for i = 1, 100 do local r, n = "", i for _, p in ipairs{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} do while n >= p[1] do r = r .. p[2] n = n - p[1] end end sum = sum + #r if i % 33 == 0 then io.write(i, "=", r, " ") end end
print(sum)
--! out: it=4 of=4 the=4 was=4 age=2 
--! out: Hello ANN, you are 30; 3 letters, ?
--! out: a|b "q" c||d
--! out: a3bc2d5e	aaabccddddde
--! out: SGVsbG8sIFdvcmxkIQ==	YWI=	YWJj	
--! out: true	true	true	false
--! out: One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve
--! out: It was the best of times, it  |
--! out: was the worst of times, it was|
--! out: the age of wisdom, it was the |
--! out: age of foolishness            |
--! out: a:****** b:* c: d:* e:**********
--! out: 33=XXXIII 66=LXVI 99=XCIX 401
--! jit: min-native-loops 1
