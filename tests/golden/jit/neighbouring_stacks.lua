-- A variable of one coroutine, written in a hot loop of another whose stack may lie right beside: it is no slot of the loop's own frame.
local chunk = [[
  local outer, inner = ...
  local total = 0
  outer(inner(function()
    for i = 1, 200 do total = total + i end
  end))
  return total
]]
local function call(f) f() end
local wrong = 0
local neighbours = {}
for n = 1, 100 do
  local run = assert(loadstring(chunk))
  local owner = coroutine.wrap(function() return run(call, coroutine.wrap) end)
  -- Stacks that live on, so that those of a pair come to lie in either order.
  if n % 3 == 0 then neighbours[n % 50] = coroutine.create(call) end
  if owner() ~= 20100 then wrong = wrong + 1 end
end
print("wrong", wrong)
--! out: wrong	0
