-- A function that a sequence calls in the rounds of a native loop yields in the midst of them.
local co = coroutine.wrap(function()
  local t = {}
  for i = 1, 150 do t[i] = i * 37 % 151 end
  local k = 0
  table.sort(t, function(a, b) k = k + 1 if k % 200 == 0 then coroutine.yield(k) end return a < b end)
  coroutine.yield(table.concat(t, " ", 1, 10) .. " ... " .. t[150])
  return (("x"):rep(50):gsub("x", function() k = k + 1 if k % 20 == 0 then coroutine.yield("gsub") end return "y" end))
end)
repeat local v = co() print(v) until v == ("y"):rep(50)
--! out: 200
--! out: 400
--! out: 600
--! out: 800
--! out: 1000
--! out: 1 2 3 4 5 6 7 8 9 10 ... 150
--! out: gsub
--! out: gsub
--! out: gsub
--! out: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
--! ours: PUC Lua refuses to yield across C functions
--! jit: min-native-loops 1
