-- Which border the length operator finds in small tables that stores have made, with holes.
local function length(keys, fields)
  local t = fields or {}
  for key in keys:gmatch("%d+") do
    t[tonumber(key)] = key
  end
  return #t
end
for _, keys in ipairs { "1 3", "1 3 2", "2", "2 1", "3 2 1", "1 2 4", "1 2 4 3", "1 2 5", "1 2 3 5", "1 3 4", "1 3 5 2",
    "1 2 3 4 6", "1 2 3 4 5 6 8", "4 2 1 3", "5 3 1 2", "10 1", "1 10 2", "0 1 3" } do
  print(keys, length(keys), length(keys, { name = 1 }))
end
-- Lists that were filled out of order go on as others do.
local list = {}
list[1], list[3] = 1, 3
list[2] = 2
for i = 1, 100 do
  list[#list + 1] = i
end
local sum = 0
while #list > 0 do
  sum = sum + table.remove(list)
end
print(sum, next(list))
-- Removed at the end, then looked for by halves.
local popped = { 1, 2, 3, nil, 5, 6, 7 }
popped[7] = nil
print(#popped)
-- In hot loops.
local count = 0
for i = 1, 200 do
  local t = {}
  t[1] = i
  t[3] = i
  count = count + #t
  t[2] = i
  count = count + #t
end
print(count)
--! out: 1 3	1	1
--! out: 1 3 2	3	3
--! out: 2	0	0
--! out: 2 1	2	2
--! out: 3 2 1	3	3
--! out: 1 2 4	4	4
--! out: 1 2 4 3	4	4
--! out: 1 2 5	2	2
--! out: 1 2 3 5	3	3
--! out: 1 3 4	4	4
--! out: 1 3 5 2	3	3
--! out: 1 2 3 4 6	6	6
--! out: 1 2 3 4 5 6 8	8	8
--! out: 4 2 1 3	4	4
--! out: 5 3 1 2	3	3
--! out: 10 1	1	1
--! out: 1 10 2	2	2
--! out: 0 1 3	1	1
--! out: 5056	nil
--! out: 6
--! out: 800
