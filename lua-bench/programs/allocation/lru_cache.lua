-- A cache that forgets what was used least recently: hash inserts and deletes, list nodes that live for a while.
--! check: 152246 668357
local rounds = tonumber((...) or 1200000)
local capacity = 1000

local entries, count = {}, 0
local newest, oldest

local function unlink(entry)
  if entry.newer then entry.newer.older = entry.older else newest = entry.older end
  if entry.older then entry.older.newer = entry.newer else oldest = entry.newer end
end

local function link(entry)
  entry.newer, entry.older = nil, newest
  if newest then newest.newer = entry else oldest = entry end
  newest = entry
end

local hits = 0
local function get(key)
  local entry = entries[key]
  if entry then
    hits = hits + 1
    unlink(entry)
    link(entry)
    return entry.value
  end
  entry = { key = key, value = key * 2 }
  entries[key] = entry
  link(entry)
  count = count + 1
  if count > capacity then
    local gone = oldest
    unlink(gone)
    entries[gone.key] = nil
    count = count - 1
  end
  return entry.value
end

local seed, check = 9, 0
for _ = 1, rounds do
  seed = (seed * 16807) % 2147483647
  -- Small keys come more often.
  check = (check + get(seed % (seed % 4000 + 1) * 1000)) % 1000003
end
print("check: " .. check .. " " .. hits)
