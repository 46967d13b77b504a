-- A task scheduler in the manner of Richards: queues of packets, states, method calls by kind of task.
local Task = {} Task.__index = Task
local kinds, scheduler, trace = {}, nil, {}
local function packet(link, id, kind) return {link = link, id = id, kind = kind, a1 = 0, a2 = {0, 0, 0, 0}} end
local function append(p, queue)
  p.link = nil
  if not queue then return p end
  local q = queue
  while q.link do q = q.link end
  q.link = p
  return queue
end
scheduler = {list = nil, map = {}, current = nil, currentId = nil, queueCount = 0, holdCount = 0}
function scheduler:add(id, pri, queue, kind, data)
  local t = setmetatable({link = self.list, id = id, pri = pri, queue = queue, run = kinds[kind], kind = kind, data = data, held = false, suspended = false, runnable = queue ~= nil}, Task)
  self.list = t
  self.map[id] = t
  if not queue then t.suspended = true end
  return t
end
function scheduler:schedule()
  self.current = self.list
  local steps = 0
  while self.current do
    steps = steps + 1
    local t = self.current
    if t.held or (t.suspended and not t.runnable) then self.current = t.link
    else self.currentId = t.id self.current = t:go() end
  end
  return steps
end
function scheduler:release(id) local t = self.map[id] if not t then return t end t.held = false if t.pri > self.current.pri then return t end return self.current end
function scheduler:hold() self.holdCount = self.holdCount + 1 self.current.held = true return self.current.link end
function scheduler:wait() self.current.suspended = true return self.current end
function scheduler:send(p)
  local t = self.map[p.id]
  if not t then return t end
  self.queueCount = self.queueCount + 1
  p.link = nil
  p.id = self.currentId
  return t:check(self.current, p)
end
function Task:check(task, p)
  if not self.queue then self.queue = p self.runnable = true if self.pri > task.pri then return self end
  else self.queue = append(p, self.queue) end
  return task
end
function Task:go()
  local p
  if self.suspended and self.runnable then
    p = self.queue
    self.queue = p.link
    self.runnable = self.queue ~= nil
    self.suspended = false
  end
  return self.run(self, self.data, p)
end
function kinds.idle(t, d)
  d.count = d.count - 1
  if d.count == 0 then return scheduler:hold() end
  if d.seed % 2 == 0 then d.seed = d.seed / 2 return scheduler:release(5) end
  d.seed = (d.seed - 1) / 2 + 53256
  return scheduler:release(6)
end
function kinds.worker(t, d, p)
  if not p then return scheduler:wait() end
  d.to = d.to == 3 and 4 or 3
  p.id = d.to
  p.a1 = 0
  for i = 1, 4 do d.n = d.n + 1 if d.n > 26 then d.n = 1 end p.a2[i] = 64 + d.n end
  return scheduler:send(p)
end
function kinds.handler(t, d, p)
  if p then if p.kind == "work" then d.work = append(p, d.work) else d.dev = append(p, d.dev) end end
  if d.work then
    local count = d.work.a1
    if count < 4 then
      if d.dev then
        local v = d.dev
        d.dev = v.link
        v.a1 = d.work.a2[count + 1]
        d.work.a1 = count + 1
        return scheduler:send(v)
      end
    else
      local v = d.work
      d.work = v.link
      return scheduler:send(v)
    end
  end
  return scheduler:wait()
end
function kinds.device(t, d, p)
  if not p then
    if not d.v then return scheduler:wait() end
    local v = d.v
    d.v = nil
    return scheduler:send(v)
  end
  d.v = p
  trace[#trace + 1] = p.a1
  return scheduler:hold()
end
scheduler:add(1, 0, nil, "idle", {seed = 1, count = 600}).suspended = false
scheduler:add(2, 1000, packet(packet(nil, 2, "work"), 2, "work"), "worker", {to = 3, n = 0}).suspended = true
local function queue(id) return packet(packet(packet(nil, id, "dev"), id, "dev"), id, "dev") end
scheduler:add(3, 2000, queue(5), "handler", {}).suspended = true
scheduler:add(4, 3000, queue(6), "handler", {}).suspended = true
scheduler:add(5, 4000, nil, "device", {})
scheduler:add(6, 5000, nil, "device", {})
local steps = scheduler:schedule()
print(scheduler.queueCount, scheduler.holdCount, #trace, steps)
local h = 0
for i = 1, #trace do h = (h * 31 + trace[i]) % 1000003 end
print(h)
--! out: 1375	550	549	6358
--! out: 754108
--! jit: min-native-loops 1
