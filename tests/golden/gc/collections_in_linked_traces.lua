-- A loop whose every iteration leaves its trace for another one, which allocates nothing and leads back: collections come
-- about all the same.
local cache = setmetatable({}, { __mode = "k" })
local kept, found = {}, 0
for i = 1, 200000 do
  local object = { i }
  cache[object] = { i * 2 }
  kept[i % 100] = object
  local cached = cache[kept[i * 7 % 100] or object]
  if cached then found = found + cached[1] % 3 end
end
print(found > 0, collectgarbage("count") < 8192)
--! out: true	true
