-- Short-lived strings: numbers to text, keys made and dropped, and a window of them kept alive.
--! check: 571632
local rounds = tonumber((...) or 6000000)

local window, check = {}, 0
for i = 1, rounds do
  local key = "key" .. i % 5000 .. ":" .. i
  window[i % 1000 + 1] = key
  check = (check + #key) % 1000003
end
for i = 1, #window do check = check + #window[i] end
print("check: " .. check)
