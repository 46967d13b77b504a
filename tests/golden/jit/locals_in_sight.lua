-- What debug.getlocal finds in functions that are hot: variables that nothing else reads, too.
local function value(level, name)
  local n = 1
  while true do
    local found, v = debug.getlocal(level + 1, n)
    if not found then return nil end
    if found == name then return v end
    n = n + 1
  end
end
-- Native code keeps what is in sight from the first look on.
value(1, "level")
local function interpolate(text)
  return (text:gsub("{(%w+)}", function(name) return tostring(value(4, name)) end))
end
local last
for i = 1, 200 do
  local double = i * 2
  local more = double + 1
  last = interpolate("{i} {double} {more}")
  if last ~= i .. " " .. i * 2 .. " " .. i * 2 + 1 then print("interpolated", i, last) break end
end
print(last)
local function hidden(i)
  local secret = i * 3
  return value(2, "secret") == nil and value(1, "secret")
end
for i = 1, 200 do
  local v = hidden(i)
  if v ~= i * 3 then print("hidden", i, v) break end
end
-- behind a loop that ran natively
local function behind(n)
  local kept, dropped = 0, 0
  for i = 1, n do
    kept, dropped = kept + i, i * 2
  end
  return kept, value(1, "dropped")
end
for n = 1, 60 do
  local kept, dropped = behind(n)
  if kept ~= n * (n + 1) / 2 or dropped ~= n * 2 then print("behind", n, kept, dropped) break end
end
-- a handler that looks at the function that raised
local function handler() return value(3, "culprit") end
local function raises(i)
  local culprit = "no. " .. i
  error("raised")
end
for i = 1, 200 do
  local _, culprit = xpcall(function() raises(i) end, handler)
  if culprit ~= "no. " .. i then print("handler", i, culprit) break end
end
-- objects that native code would not make
for i = 1, 200 do
  local point = { x = i }
  local found = value(1, "point")
  if found ~= point or found.x ~= i then print("point", i) break end
  local unread = { x = i }
  if value(1, "unread").x ~= i then print("unread", i) break end
end
print("done")
--! out: 200 400 401
--! out: done
