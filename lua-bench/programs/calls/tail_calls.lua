-- State machines of tail calls, continuations, and loops written as recursion.
--! check: true 36315 210
local size = tonumber((...) or 90000000)

local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end

local function loop(i, sum)
  if i == 0 then return sum end
  return loop(i - 1, (sum + i) % 1000003)
end

-- Continuation passing: each step hands what is left to do to the next one.
local function count(n, continue)
  if n == 0 then return continue(0) end
  return count(n - 1, continue)
end

local total = 0
for i = 1, 20 do
  total = total + count(i * 10, function(x) return x + i end)
end
print("check: " .. tostring(even(size)) .. " " .. loop(size, 0) .. " " .. total)
