-- Library functions that fail in hot loops: what they did before they failed is done once.
local messages = {}
for i = 1, 100 do
  local ok, e = pcall(function() io.write(i % 50 == 0 and "a" or "", i % 7 == 0 and {} or "") end)
  if not ok then messages[#messages + 1] = e:match("bad argument.*") end
end
io.write("\n")
print(#messages, messages[1])
local t, failed = {}, 0
for i = 1, 200 do
  local position = i % 9 == 0 and "k" or i % 4 == 0 and 1 or #t + 1
  if not pcall(table.insert, t, position, i) then failed = failed + 1 end
  if i % 5 == 0 and not pcall(table.remove, i % 10 == 0 and 5 or t, 2) then failed = failed + 1 end
end
print(#t, t[1], t[2], t[#t], failed)
for i = 1, 30 do table.insert(t, i % 3 - 1, -i) end
print(t[-1], t[0], t[1], t[#t])
local words = 0
for i = 1, 100 do
  local next_word = ("a b c"):gmatch(i % 8 == 0 and "(" or "%a")
  while true do
    local ok, word = pcall(next_word)
    if not ok then words = words + 100 break end
    if not word then break end
    words = words + 1
  end
end
print(words)
--! out: aa
--! out: 14	bad argument #2 to 'write' (string expected, got table)
--! out: 158	200	196	199	42
--! out: -30	-27	-28	199
--! out: 1464
