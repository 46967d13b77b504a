-- Regions and control: inner loops, breaks, calls with branches in them, errors and coroutines inside.

local function inner(n, m)
  local sum, odd = 0, 0
  for i = 1, n do
    for j = 1, m do
      if (i + j) % 2 == 0 then sum = sum + j else odd = odd + i end
      if j > i then break end
    end
    if i % 4 == 0 then sum = sum - 1 end
    local k = 0
    while k < i % 6 do
      k = k + 1
      if k == 3 then odd = odd + 1 end
    end
  end
  return sum, odd
end
print(inner(120, 30))

-- Loops of no rounds, of one and of many, inside a loop that changes their limits.
local function limits(n)
  local t, total = {}, 0
  for i = 1, n do
    t[i] = i % 4
    for k = 1, t[i] do total = total + k end
    for k = i % 9, 5, 2 do total = total + k end
    repeat
      total = total + 1
      if total % 3 == 0 then t[i] = t[i] - 1 end
    until total % 2 == 0 or t[i] < 0
  end
  return total, #t
end
print(limits(300))

-- Branches inside of inlined calls, methods, and calls in a different order.
local function sign(x) if x < 0 then return -1 elseif x > 0 then return 1 end return 0 end
local function clamp(x, low, high) if x < low then return low end if x > high then return high end return x end
local Account = {}
Account.__index = Account
function Account:deposit(x) if x > 50 then self.big = self.big + 1 end self.balance = self.balance + x return self end
local function calls(n)
  local account, sum = setmetatable({ balance = 0, big = 0 }, Account), 0
  for i = 1, n do
    sum = sum + sign(i % 7 - 3) * clamp(i % 100, 10, 80)
    if i % 3 == 0 then account:deposit(i % 70) elseif i % 5 == 0 then account:deposit(-1):deposit(60) end
  end
  return sum, account.balance, account.big
end
print(calls(900))

-- A state machine, and values that go round three variables.
local function machine(n)
  local state, a, b, c, log = "start", 1, 2, 3, {}
  for i = 1, n do
    if state == "start" then state = i % 2 == 0 and "even" or "odd"
    elseif state == "even" then a, b, c = b, c, a state = i % 5 == 0 and "stop" or "start"
    elseif state == "odd" then a, b = b, a state = "even"
    else state = "start" log[#log + 1] = a * 100 + b * 10 + c end
  end
  return state, a, b, c, #log, log[1], log[#log]
end
print(machine(1000))

-- Errors on one way, caught outside and inside.
local function fails(n)
  local ok, caught = 0, 0
  local t = { 1, 2, 3 }
  for i = 1, n do
    if i % 10 == 0 then
      local good, message = pcall(function() return t[i % 20].x end)
      if good then ok = ok + 1 else caught = caught + #message end
    elseif i % 10 == 5 then
      caught = caught + (tonumber("0x" .. i % 10) or 0)
    else
      ok = ok + (t[i % 4] or 0)
    end
  end
  return ok, caught > 0
end
print(fails(500))
print(select(2, pcall(function()
  local sum = 0
  for i = 1, 500 do
    if i % 2 == 0 then sum = sum + i else sum = sum - 1 end
    if i == 400 then sum = sum + nil end
  end
end)):match("attempt.*"))

-- Coroutines that yield on one way only.
local function generator(n)
  return coroutine.wrap(function()
    local held = 0
    for i = 1, n do
      if i % 3 == 0 then held = held + i else held = held - 1 end
      if held % 7 == 0 then coroutine.yield(held) end
    end
  end)
end
local total, times = 0, 0
for value in generator(900) do
  if value % 2 == 0 then total = total + value else total = total - value end
  times = times + 1
end
print(total, times)

-- Variables that closures hold, changed on one way and captured anew on another.
local function captured(n)
  local fs, x = {}, 0
  for i = 1, n do
    local y = i
    if i % 4 == 0 then fs[#fs + 1] = function() y = y + x return y end
    elseif i % 4 == 1 then x = x + 1
    elseif #fs > 0 then x = x - fs[#fs]() % 3 end
  end
  local sum = 0
  for i = 1, #fs do sum = sum + fs[i]() end
  return sum, x
end
print(captured(400))

-- Multiple results and varargs on one way.
local function several(...) local a, b = ... if b then return b, a end return a end
local function results(n)
  local sum, t = 0, {}
  for i = 1, n do
    if i % 3 == 0 then t = { several(i, i + 1) } elseif i % 3 == 1 then t = { several(i) } end
    sum = sum + #t + select("#", several(i, i % 2 == 0 and i or nil)) + math.max(i % 5, t[1] % 3)
  end
  return sum
end
print(results(600))
--! out: 23495	107035
--! out: 2463	300
--! out: -120	17370	200
--! out: even	3	2	1	100	321	312
--! out: 600	true
--! out: attempt to perform arithmetic on a nil value
--! out: -127904	213
--! out: 1291	-97
--! out: 3020
--! jit: min-native-loops 1
