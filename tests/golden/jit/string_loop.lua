-- Strings in hot loops: concatenation, comparison, indexing by byte and sub, keys, conversion, formatting.
local s, n = "", 0
for i = 1, 100 do s = s .. (i % 10) end
for i = 1, #s do if s:sub(i, i) == "7" then n = n + 1 end if s:byte(i) == 48 then n = n + 100 end end
print(#s, n)
local h = 0
for i = 1, #s do h = (h * 31 + s:byte(i)) % 65536 end
print(h)
local t = {}
for i = 1, 200 do local k = "k" .. i % 13 t[k] = (t[k] or 0) + #k end
print(t.k0, t.k1, t.k12)
local c = 0
for i = 1, 200 do local a, b = tostring(i), tostring(i * 7 % 200) if a < b then c = c + 1 elseif a == b then c = c + 1000 end end
print(c)
local sum = 0
for i = 1, 100 do sum = sum + ("" .. i) + (i .. "0") * 2 end
print(sum)
local up = 0
for i = 1, 60 do local w = (i % 2 == 0) and "even" or "odd" if w:upper() == "EVEN" then up = up + #w:rep(2) end end
print(up)
local parts = {}
for i = 1, 50 do parts[#parts + 1] = string.format("%d:%x", i, i * i) end
print(table.concat(parts, ","):sub(-30))
local words, count = "the cat and the dog and the bird ", {}
for r = 1, 10 do for w in words:gmatch("%a+") do count[w] = (count[w] or 0) + 1 end end
print(count.the, count["and"], count.bird)
local g = words
for i = 1, 10 do g = g:gsub("the", "a", 1) .. i end
print(g)
local r = ""
for i = 1, 40 do r = string.char(97 + i % 26) .. r if #r > 20 then r = r:sub(1, 10) end end
print(r)
--! out: 100	1010
--! out: 57166
--! out: 30	32	45
--! out: 1092
--! out: 106050
--! out: 240
--! out: 44,47:8a1,48:900,49:961,50:9c4
--! out: 30	20	10
--! out: a cat and a dog and a bird 12345678910
--! out: onmlkjihgfedcbazyx
--! jit: min-native-loops 1
