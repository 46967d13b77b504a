-- Building strings: by concatenation in loops, by buffers, numbers into strings and back, long and short.
local s = ""
for i = 1, 100 do s = s .. string.char(97 + i % 26) end
print(#s, s:sub(1, 26), s:sub(-5))
local t = {}
for i = 1, 200 do t[#t + 1] = i end
local joined = table.concat(t, ",")
print(#joined, joined:sub(1, 20), joined:sub(-11))
local sum = 0
for n in joined:gmatch("%d+") do sum = sum + n end
print(sum)
local keys = {}
for i = 1, 50 do keys["k" .. i % 10 .. "_" .. i % 3] = i end
local n = 0
for k, v in pairs(keys) do n = n + 1 assert(k:match("^k%d_%d$")) end
print(n, keys.k0_2, keys["k" .. 9 .. "_" .. 1])
-- a rope of short pieces crossing the boundary between short and long strings
for _, len in ipairs{38, 39, 40, 41, 42, 80} do
  local a, b = ("x"):rep(len), ""
  for i = 1, len do b = b .. "x" end
  local tab = {[a] = len}
  io.write(len, ":", tostring(a == b), ",", tostring(tab[b]), ",", tostring(rawequal(a, b)), ",", tostring(a < b .. "!"), " ")
end
print()
local parts = {}
for i = 1, 30 do
  local line = ("%03d"):format(i) .. ":" .. i * i .. ":" .. i / 4
  parts[#parts + 1] = line
end
local text = table.concat(parts, "\n")
print(#text, parts[3], parts[30])
local total, lines = 0, 0
for a, b, c in text:gmatch("(%d+):(%d+):([%d.]+)") do total = total + a * 1 + b + c lines = lines + 1 end
print(total, lines)
-- Tower of Hanoi string stack as in "Programming in Lua"
local stack = {}
local function add(s)
  stack[#stack + 1] = s
  for i = #stack - 1, 1, -1 do
    if #stack[i] > #stack[i + 1] then break end
    stack[i] = stack[i] .. table.remove(stack)
  end
end
for i = 1, 100 do add("piece" .. i .. " ") end
print(#table.concat(stack), #stack < 10, table.concat(stack):sub(1, 24))
local x = "a"
for i = 1, 10 do x = x .. x end
print(#x, x == ("a"):rep(1024))
local c = 0
for i = 1, 60 do if ("item" .. i):sub(-1) == "7" then c = c + 1 end end
print(c)
local h = 0
for i = 1, #text do h = (h * 31 + text:byte(i)) % 1000000007 end
print(h)
--! out: 100	bcdefghijklmnopqrstuvwxyza	stuvw
--! out: 691	1,2,3,4,5,6,7,8,9,10	198,199,200
--! out: 20100
--! out: 30	50	49
--! out: 38:true,38,true,true 39:true,39,true,true 40:true,40,true,true 41:true,41,true,true 42:true,42,true,true 80:true,80,true,true 
--! out: 348	003:9:0.75	030:900:7.5
--! out: 10036.25	30
--! out: 792	true	piece1 piece2 piece3 pie
--! out: 1024	true
--! out: 6
--! out: 503106549
