-- Of a big table that is written to now and then, only what was stored is looked at again.
local size = 2000
local list, dictionary = {}, {}
for i = 1, size do list[i], dictionary["key " .. i] = false, false end
collectgarbage()

local function garbage()
  local ring = {}
  for i = 1, 4000 do ring[i % 7 + 1] = {{i}, tostring(i)} end
end

-- What is stored stays alive, over old values and as new ones, and so do new keys.
for round = 1, 4 do
  for i = round, size, 97 do
    list[i] = {"element " .. i}
    dictionary["key " .. i] = {"value " .. i}
    dictionary["new key " .. i] = "new value " .. i
    dictionary[list[i]] = {i}
    list[#list + 1] = {"appended " .. i}
  end
  garbage()
end
local elements, values, new, objects, appended = 0, 0, 0, 0, 0
for i, v in ipairs(list) do
  if v then
    if v[1] == "element " .. i then elements = elements + 1 end
    if i > size and v[1]:find("^appended %d+$") then appended = appended + 1 end
    if i <= size and dictionary[v][1] == i then objects = objects + 1 end
  end
end
for k, v in pairs(dictionary) do
  if v and type(k) == "string" then
    if type(v) == "table" and "key " .. v[1]:match("%d+") == k then values = values + 1 end
    if type(v) == "string" and "new key " .. v:match("%d+") == k then new = new + 1 end
  end
end
print(elements, values, new, objects, appended)

-- More stores than elements, and elements that change places.
for i = 1, 3 * size do list[i % size + 1] = {i} end
garbage()
for i = 1, size, 3 do list[i], list[size + 1 - i] = list[size + 1 - i], list[i] end
garbage()
local sum = 0
for i = 1, size do sum = sum + list[i][1] end
print(sum)

-- What was stored and taken out again is not kept by a full collection.
local weak = setmetatable({}, {__mode = "v"})
for i = 1, 20 do
  local object = {i}
  weak[i] = object
  list[i * 10] = object
  dictionary[i] = object
  list[i * 10], dictionary[i] = false, nil
end
collectgarbage()
print(next(weak))
--! out: 84	84	84	84	84
--! out: 10001000
--! out: nil
