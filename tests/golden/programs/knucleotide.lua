-- Counting substrings of a generated sequence, as in k-nucleotide, and its reverse complement.
local seed = 42
local function random(max) seed = (seed * 3877 + 29573) % 139968 return max * seed / 139968 end
local seq = {}
for i = 1, 400 do local r = random(1) seq[i] = r < 0.3 and "a" or r < 0.5 and "c" or r < 0.7 and "g" or "t" end
seq = table.concat(seq)
local function count(seq, len)
  local c = {}
  for i = 1, #seq - len + 1 do local k = seq:sub(i, i + len - 1) c[k] = (c[k] or 0) + 1 end
  return c
end
for len = 1, 2 do
  local c = count(seq, len)
  local keys = {}
  for k in pairs(c) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) if c[a] ~= c[b] then return c[a] > c[b] end return a < b end)
  for _, k in ipairs(keys) do io.write(string.format("%s %.3f  ", k:upper(), c[k] * 100 / (#seq - len + 1))) end
  print()
end
for _, k in ipairs{"ggt", "ggta", "ggtatt", "gg", "aaa"} do print(k, count(seq, #k)[k] or 0) end
local map = {a = "t", c = "g", g = "c", t = "a"}
local rc = seq:reverse():gsub(".", map)
print(rc:sub(1, 40), #rc)
local runs, longest = 0, 0
for run in seq:gmatch("a+") do runs = runs + 1 if #run > longest then longest = #run end end
print(runs, longest, select(2, seq:gsub("gg", "")))
--! out: T 33.500  G 24.500  A 22.000  C 20.000  
--! out: GT 10.777  TG 9.023  TT 9.023  TA 7.769  TC 7.769  AT 7.018  CT 6.767  AG 5.514  CA 5.263  CG 5.013  GG 5.013  AA 4.762  AC 4.762  GA 4.261  GC 4.261  CC 3.008  
--! out: ggt	10
--! out: ggta	2
--! out: ggtatt	0
--! out: gg	20
--! out: aaa	6
--! out: catacatgcctttacgtctaaatcggcgacaccactacca	400
--! out: 69	3	18
--! jit: min-native-loops 1
