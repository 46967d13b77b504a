-- string.gsub with functions and tables: templates filled in, numbers doubled, words turned.
--! check: 19389239
--! quick: 2500 2909894
local rounds = tonumber((...) or 16000)

local template = ("Dear $name, your order $order of $count items costs $price. "):rep(10)
local size = 0
for round = 1, rounds do
  local values = { name = "N" .. round, order = round * 7, count = round % 9, price = round * 1.5 + 0.25 }
  local filled = template:gsub("%$(%w+)", function(key) return tostring(values[key]) end)
  local doubled = filled:gsub("%d+", function(digits) return digits * 2 end)
  local turned = doubled:gsub("%a+", string.reverse)
  size = (size + #filled + #doubled + turned:byte(round % 100 + 1)) % 1000000007
end
print("check: " .. size)
