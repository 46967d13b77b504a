-- Closures made by the hundred thousand, each with its own variables, some kept a while in a ring.
--! check: 1500297
local n = tonumber((...) or 2500000)
local KEPT = 500

-- Two closures over one pair of variables: two objects and two upvalues.
local function account(balance, step)
  local function deposit() balance = balance + step end
  local function get() return balance end
  return deposit, get
end

local deposits, gets = {}, {}
for i = 1, KEPT do deposits[i], gets[i] = account(0, i) end

local sum = 0
for i = 1, n do
  local slot = i % KEPT + 1
  local deposit, get = account(i % 1000, slot)
  deposit()
  deposits[slot]()
  sum = (sum + get() + gets[slot]()) % 1000000007
  if i % 3 == 0 then deposits[slot], gets[slot] = deposit, get end
end

print(string.format("check: %d", sum))
