-- A service that runs for long: sessions are opened, used and expire, while the mix of requests and the shape of their data keep changing.
-- Its throughput over time is what `lua-bench --warm-up` shows.
--! check: 55961 265057 1592 70493
--! quick: 60 9841 4432 1592 2653
local rounds = tonumber((...) or 400)

local seed = 99
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local sessions, order, first, last, opened = {}, {}, 1, 0, 0
local totals = { opened = 0, served = 0, refused = 0, expired = 0 }

local function expire(now)
  while first <= last and order[first].since + 50 < now do
    local session = order[first]
    order[first] = nil
    first = first + 1
    sessions[session.name] = nil
    totals.expired = totals.expired + #session.items
  end
end

local handlers = {}

function handlers.open(_, now)
  opened = opened + 1
  local session = { name = "s" .. opened, since = now, items = {}, words = {} }
  last = last + 1
  sessions[session.name], order[last] = session, session
  totals.opened = totals.opened + 1
end

function handlers.put(session, now, what, amount)
  session.items[#session.items + 1] = { what = what, amount = tonumber(amount), at = now }
end

function handlers.say(session, _, what, amount)
  session.words[what] = (session.words[what] or "") .. amount
  if #session.words[what] > 40 then session.words[what] = nil end
end

function handlers.sum(session)
  local sum = 0
  for _, item in ipairs(session.items) do sum = sum + item.amount end
  totals.served = (totals.served + sum) % 1000003
end

-- What clients ask for in the morning is not what they ask for at night.
local mixes = {
  { "open", "open", "put", "put", "put" },
  { "put", "sum", "put", "say", "open" },
  { "say", "say", "sum", "put", "open" },
}

for now = 1, rounds do
  local mix = mixes[math.floor(now / 40) % #mixes + 1]
  for _ = 1, 500 do
    local line = ("%s s%d w%d=%d"):format(mix[random(#mix)], opened - random(2000), random(30), random(1000))
    local verb, name, what, amount = line:match("^(%a+) (%S+) (%w+)=(%d+)$")
    local session = verb and sessions[name]
    if session or verb == "open" then
      handlers[verb](session, now, what, amount)
    else
      totals.refused = totals.refused + 1
    end
  end
  expire(now)
end
print(("check: %d %d %d %d"):format(totals.opened, totals.served, totals.refused, totals.expired))
