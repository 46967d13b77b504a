-- A new object that has been stored in a dictionary may come back by another key, and be changed there.
local dictionary, names, same_names = {}, {}, {}
for i = 1, 50 do
  dictionary["k" .. i], names[i], same_names[i] = {x = 0}, "k" .. i, "k" .. i
end
local sum = 0
for i = 1, 300 do
  local object = {x = 1}
  dictionary[names[i % 50 + 1]] = object
  local other = dictionary[same_names[i % 50 + 1]]
  other.x = i + 10
  sum = sum + object.x
end
print(sum)
--! out: 48150
--! jit: min-native-loops 1
