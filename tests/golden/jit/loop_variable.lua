-- The variable of a numeric loop, where branches read it, change it and keep it.

-- Each way indexes by it.
local function fill(n)
  local t, u = {}, {}
  for i = 1, n do t[i], u[i] = 0, i % 4 end
  for x = 1, n do
    local left = x == 1 and n or x - 1
    local right = x == n and 1 or x + 1
    if u[left] + u[right] == 4 then t[x] = 1 elseif u[x] == 3 then t[x] = x else t[left] = 2 end
  end
  local sum = 0
  for i = 1, n do sum = sum + t[i] * (i % 10) end
  return sum
end
print(fill(300))

-- The counter does not see what the body makes of the variable.
local function changed(n)
  local sum, turns = 0, 0
  for i = 1, n do
    if i % 3 == 0 then i = i * 2 elseif i % 7 == 0 then i = tostring(i) .. "0" end
    if i == "70" then i = false end
    if i then sum = sum + i end
    turns = turns + 1
  end
  return sum, turns
end
print(changed(500))

-- Downwards, in fractions, and past 32 bits.
local function other_steps(n)
  local sum = 0
  for i = n, 1, -1 do if i % 3 == 0 then sum = sum + i elseif i % 5 == 0 then sum = sum - i * 2 end end
  for i = 0.25, n / 4, 0.25 do if i % 1 == 0 then sum = sum + i elseif i % 1 == 0.5 then sum = sum - i / 2 end end
  for i = 2 ^ 31 - n, 2 ^ 31 + n do if i % 3 == 0 then sum = sum + i elseif i % 5 == 0 then sum = sum - i / 2 end end
  return sum
end
print(string.format("%.3f", other_steps(400)))

-- A closure of some rounds keeps it.
local function kept(n)
  local list = {}
  for i = 1, n do
    if i % 10 == 0 then list[#list + 1] = function() i = i + 1 return i end
    elseif i % 3 == 0 then list[1] = list[1] or function() return -i end end
  end
  local sum = 0
  for _, f in ipairs(list) do sum = sum + f() + f() end
  return sum
end
print(kept(400))

-- An error and a break leave in the middle: what the variable was shows.
local function left_early(n, at)
  local seen
  for i = 1, n do
    if i % 2 == 0 then seen = i elseif i % 3 == 0 then seen = -i end
    if i == at then seen = seen + i break end
    if i > at then error("too far: " .. i) end
  end
  return seen
end
print(left_early(300, 211), left_early(300, 298), (pcall(left_early, 300, 199.5)))

--! out: 58125
--! out: 275627	500
--! out: 459561508378.500
--! out: 16514
--! out: 421	596	false
--! jit: min-native-loops 1
