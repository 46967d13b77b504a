-- Inserts and deletes that keep a dictionary at the same size: a set of open orders, a sliding window of events.
--! check: 566556 500 833
local rounds = tonumber((...) or 1200000)

local open, count, check = {}, 0, 0
for i = 1, rounds do
  open[i * 3] = i
  count = count + 1
  if i > 500 then
    local old = (i - 500) * 3
    check = (check + open[old]) % 1000003
    open[old] = nil
    count = count - 1
  end
end

local window = {}
for i = 1, rounds / 10 do
  window["event" .. i % 1000] = i
  if i % 3 == 0 then window["event" .. (i - 500) % 1000] = nil end
end
local left = 0
for _ in pairs(window) do left = left + 1 end
print("check: " .. check .. " " .. count .. " " .. left)
