-- next after keys that the table has, has had, and never had.
local function after(t, key)
  local ok, found = pcall(next, t, key)
  return ok and tostring(found) or (found:match("invalid key to 'next'") and "-" or found)
end
local function row(t, last)
  local found = {}
  for key = 1, last do
    found[key] = after(t, key)
  end
  print(table.concat(found, " "))
end
row({ 10, 20 }, 4)
row({ 10, 20, 30 }, 5)
row({ 10, nil, 30, nil }, 6)
row({ name = 1 }, 2)
for n = 0, 9 do
  local t = {}
  for i = 1, n do
    t[i] = i
  end
  row(t, 17)
end
-- Keys that were removed on the way are still good to go on from, also when the list was measured meanwhile.
local t, seen = {}, 0
for i = 1, 9 do
  t[i] = i
end
local key = next(t)
while key do
  seen = seen + key
  t[key] = nil
  key = next(t, key)
end
print(seen, next(t))
local list = { 1, 2, 3, 4, 5, 6 }
for i = 6, 1, -1 do
  list[i] = nil
  assert(#list == i - 1 and next(list, i) == nil)
end
for _, wrong in ipairs { -1, 1.5, 2 ^ 40, "name", true, print } do
  print(after({ 1, 2, 3, other = 4 }, wrong))
end
--! out: 2 nil - -
--! out: 2 3 nil - -
--! out: 3 3 nil nil - -
--! out: - -
--! out: - - - - - - - - - - - - - - - - -
--! out: nil - - - - - - - - - - - - - - - -
--! out: 2 nil - - - - - - - - - - - - - - -
--! out: 2 3 nil nil - - - - - - - - - - - - -
--! out: 2 3 4 nil - - - - - - - - - - - - -
--! out: 2 3 4 5 nil nil nil nil - - - - - - - - -
--! out: 2 3 4 5 6 nil nil nil - - - - - - - - -
--! out: 2 3 4 5 6 7 nil nil - - - - - - - - -
--! out: 2 3 4 5 6 7 8 nil - - - - - - - - -
--! out: 2 3 4 5 6 7 8 9 nil nil nil nil nil nil nil nil -
--! out: 45	nil
--! out: -
--! out: -
--! out: -
--! out: -
--! out: -
--! out: -
