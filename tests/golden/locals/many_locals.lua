-- Functions that use nearly all registers, at every place where a register number is encoded.
local parts = {"local t = {k = 7, [1] = 8}"}
for i = 1, 190 do parts[#parts + 1] = "local a" .. i .. " = " .. i end
parts[#parts + 1] = [[
  a190 = a189 + a1
  a1 = a190 * 2 - a188 / 2
  t.k = a190
  a2 = t.k + t[a1 - a1 + 1]
  local f = function(x) a100 = a100 + x return a190 end
  a3 = f(5)
  for i = 1, 3 do a4 = a4 + i * a190 end
  a5 = a187 .. a186 .. a185
  a6 = a190 < a189 and a188 or a187
  a7 = #a5
  a8 = -a190
  a9 = not a190
  local s = 0
  return a1, a2, a3, a4, a5, a6, a7, a8, a9, a100, a190, t.k, select("#", a1, a2, a3, a4, a5, a6, a7, a8, a9)
]]
print(loadstring(table.concat(parts, "\n"))())
local sum = {}
for i = 1, 190 do sum[i] = "a" .. i end
local source = "local " .. table.concat(sum, ",") .. " = ... return " .. table.concat(sum, "+")
local args = {}
for i = 1, 190 do args[i] = i end
print(loadstring(source)(unpack(args)))
local params = loadstring("return function(" .. table.concat(sum, ",") .. ") return a1, a95, a190 end")()
print(params(unpack(args)))
--! out: 286	198	190	1144	187186185	187	9	-190	false	105	190	190	9
--! out: 18145
--! out: 1	95	190
