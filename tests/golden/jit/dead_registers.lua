-- Exits of loops at which most registers are dead: they are used anew behind the loop, by other variables, or not at all.
local function after(n, stop)
  local sum = 0
  for i = 1, n do
    local square = i * i
    if square > stop then break end
    sum = sum + square
  end
  local a, b, c, d
  return sum, a, b, c, d
end
print(after(10, 1000), after(300, 1000), (after(300, 1e9)))
--! out: 385	10416	9045050
print(select("#", after(5, 5)))
--! out: 5

-- A register that is dead on one way through the loop, and read on the other.
local function sometimes(n)
  local last, used = 0, 0
  for i = 1, n do
    if i % 7 == 3 then
      used = used + last
      last = 0
    else
      last = i
    end
  end
  return used, last
end
print(sometimes(50), sometimes(400))
--! out: 161	11286	400
print(sometimes(3))
--! out: 2	0

-- The same in a function that is inlined, whose caller's registers are alive, or not.
local function pick(t, i)
  local v = t[i]
  local w = v and v.x
  if not w then return i end
  local twice = w * 2
  return twice > 100 and twice or w
end
local list = {}
for i = 1, 120 do list[i] = i % 11 == 0 and {} or { x = i } end
local function sum(t, n)
  local s, before = 0, nil
  for i = 1, n do
    local temporary = s
    s = s + pick(t, i)
    before = temporary
  end
  return s, before
end
print(sum(list, 120))
print(sum(list, 130))
--! out: 12750	12510
--! out: 14005	13875

-- Dead objects that are collected.
local weak = setmetatable({}, { __mode = "k" })
local function churn(n)
  for i = 1, n do
    local object = { i }
    weak[object] = true
    if i == n then
      object = nil
      collectgarbage()
      local left = 0
      for _ in pairs(weak) do left = left + 1 end
      return left < n
    end
  end
end
print(churn(300))
--! out: true

-- The counter's next value, where an exit or a later check wants it early.
local function windows(t, n)
  local rises = 0
  for i = 1, n do
    local here, there = t[i], t[i + 1]
    if there == nil then return rises, i end
    if there > here then rises = rises + 1 end
  end
  return rises
end
local heights = {}
for i = 1, 200 do heights[i] = i * 7 % 13 end
print(windows(heights, 150), windows(heights, 200))
--! out: 69	92	200
--! jit: min-native-loops 3
