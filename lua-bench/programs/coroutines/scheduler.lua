-- A round-robin scheduler: tasks that sleep, send and receive; many coroutines are born and die.
--! check: 282499979
local rounds = tonumber((...) or 250)

local ready, first, last = {}, 1, 0
local function enqueue(task)
  last = last + 1
  ready[last] = task
end

local mailboxes = {}
local function send(name, message)
  local box = mailboxes[name]
  box[#box + 1] = message
end
local function receive(name)
  local box = mailboxes[name]
  while #box == 0 do coroutine.yield("waiting") end
  return table.remove(box)
end

local function run()
  while first <= last do
    local task = ready[first]
    ready[first] = nil
    first = first + 1
    local fine, state = coroutine.resume(task)
    assert(fine, state)
    if coroutine.status(task) ~= "dead" then enqueue(task) end
  end
end

local total = 0
for round = 1, rounds do
  mailboxes.sums, mailboxes.work = {}, {}
  for worker = 1, 50 do
    enqueue(coroutine.create(function()
      local sum = 0
      for _ = 1, 100 do
        sum = sum + receive("work")
        coroutine.yield("working")
      end
      send("sums", sum)
    end))
  end
  enqueue(coroutine.create(function()
    for i = 1, 5000 do
      send("work", i + round)
      if i % 20 == 0 then coroutine.yield("sent") end
    end
  end))
  enqueue(coroutine.create(function()
    for _ = 1, 50 do total = (total + receive("sums")) % 1000000007 end
  end))
  run()
end
print("check: " .. total)
