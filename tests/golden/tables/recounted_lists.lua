-- The first key behind a constructor's list with holes makes PUC Lua count what is in use, and the border shows it.
local function lengths(t, ...)
  local out = { #t }
  for i = 1, select("#", ...) do
    t[select(i, ...)] = i
    out[#out + 1] = #t
  end
  return table.concat(out, " ")
end
local function some(...) return ... end
print(lengths({ nil, nil, nil, 4 }, 5, 6))
print(lengths({ 1, nil, nil, 4 }, 5))
print(lengths({ 1, nil, 3, 4 }, 5, 6, 7))
print(lengths({ nil, nil, 3, nil, nil, 6 }, 10, 1))
print(lengths({ nil, 2 }, 9, 10), lengths({ nil, 2 }, 10))
print(lengths({ some(nil, 2, nil, nil, nil, 6) }, 7, 8))
print(lengths({ 1, 2, nil, nil, nil, nil, 7, nil, nil, 10 }, 11, 12))
print(lengths({ n = 3, nil, nil, 3, nil }, 5), lengths({ x = 1, y = 2, nil, nil, 3, nil }, 5))
-- Room among the other keys is used first.
print(lengths({ x = 1, y = 2, z = 3, nil, nil, 3, nil }, 6, 7))
for _, t in ipairs { { nil, nil, nil, 4 }, { nil, 2, 3, 4 } } do
  table.insert(t, "a")
  io.write(#t, " ")
  table.insert(t, "b")
  local sum = 0
  for k in pairs(t) do sum = sum + k end
  print(#t, sum)
end
for round = 1, 100 do
  local t = { nil, nil, nil, round }
  t[5] = round
  if #t ~= 0 then print("border", #t) break end
end
-- The places that it then has are more than are in use: among them, too, the border is found by halving.
print(lengths({ 1, 2, 3, nil, 5 }, 6, 7, 8, 9))
print(lengths({ 1, 2, 3, nil, 5, 6 }, 9, 7))
print(lengths({ 1, nil, 3, 4, 5, nil, 7 }, 8, 9), lengths({ 1, nil, 3, 4 }, 5, 6))
for _, t in ipairs { { 1, 2, 3, nil, 5 }, { 1, 2, 3, 4, nil, 6 }, { nil, 2, 3, 4, nil } } do
  local out = { #t }
  table.insert(t, "a")
  out[2] = #t
  t[#t] = nil
  out[3] = #t
  t[#t + 1] = "b"
  out[4] = #t
  out[5] = tostring(table.remove(t))
  out[6] = #t
  t[2] = nil
  out[7] = #t
  print(table.concat(out, " "))
end
--! out: 4 0 0
--! out: 4 1
--! out: 4 5 6 7
--! out: 6 0 1
--! out: 2 0 0	2 0
--! out: 6 0 0
--! out: 10 2 2
--! out: 0 0	0 0
--! out: 0 0 0
--! out: 0 1	10
--! out: 5 6	20
--! out: 5 3 3 8 9
--! out: 6 3 3
--! out: 7 8 9	4 5 6
--! out: 5 3 2 3 b 2 1
--! out: 6 7 6 7 b 6 6
--! out: 4 5 4 5 b 4 0
