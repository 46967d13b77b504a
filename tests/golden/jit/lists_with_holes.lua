-- Lists that native code makes are counted before they grow, as the interpreter's are, if they have holes.
local function grown(t, k)
  t[k] = k
  return #t
end
local function same(name, make, k)
  local first = grown(make(), k)
  for round = 1, 100 do
    local border = grown(make(), k)
    if border ~= first then print(name, round, border) end
  end
  print(name, first)
end
same("ten", function() return { 1, 2, nil, nil, nil, nil, 7, nil, nil, 10 } end, 11)
same("four", function() return { nil, nil, nil, 4 } end, 5)
same("two", function() return { nil, 2 } end, 3)
same("odd", function() return { nil, nil, 3, nil, 5 } end, 6)
local function nothing() end
same("calls", function() return { 1, (nothing()), nil, 4 } end, 5)
local some = { [1] = 1, [4] = 4 }
same("fields", function() return { some[1], some[2], some[3], some[4], nil, 6 } end, 7)
--! out: ten	2
--! out: four	0
--! out: two	0
--! out: odd	0
--! out: calls	1
--! out: fields	1
