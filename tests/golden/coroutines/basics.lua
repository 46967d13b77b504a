-- create, resume, yield, status, wrap, running: values in and out, states, misuse.
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c, d = coroutine.yield(a + b)
  print("second", c, d)
  local e = coroutine.yield(c * d, "extra")
  print("third", e)
  return "end", nil, 3
end)
print(coroutine.status(co))
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co))
print(coroutine.resume(co, 3, 4))
print(coroutine.resume(co))
print(coroutine.status(co))
print(coroutine.resume(co))
print(coroutine.resume(co, 1))
local w = coroutine.wrap(function(...) local n = select("#", ...) while true do n = n + select("#", coroutine.yield(n)) end end)
print(w(1, nil), w(nil), w(), w(1, 2, 3))
local outer
outer = coroutine.create(function()
  local inner
  inner = coroutine.create(function()
    print("inner sees", coroutine.status(outer), coroutine.status(inner), coroutine.running() == inner)
    coroutine.yield()
  end)
  print(coroutine.resume(inner))
  print(coroutine.status(inner), coroutine.running() == outer)
  print(coroutine.resume(outer))
  print(coroutine.resume(coroutine.running()))
end)
print(coroutine.resume(outer))
print(coroutine.running())
print(pcall(coroutine.resume, nil), pcall(coroutine.create, nil))
print(pcall(coroutine.create, print))
print(pcall(coroutine.status, 1))
print(pcall(coroutine.wrap, 5))
local dead = coroutine.wrap(function() return 1 end)
print(dead(), pcall(dead))
print(pcall(coroutine.yield, 1))
print(select("#", coroutine.resume(coroutine.create(function() end))))
print(select("#", coroutine.resume(coroutine.create(function() return nil, nil end))))
print(type(co), tostring(co):match("^thread: ") ~= nil)
local empty = coroutine.create(function() coroutine.yield() end)
print(coroutine.resume(empty, 1, 2, 3))
print(coroutine.resume(empty, "ignored"))
--! out: suspended
--! out: start	1	2
--! out: true	3
--! out: suspended
--! out: second	3	4
--! out: true	12	extra
--! out: third	nil
--! out: true	end	nil	3
--! out: dead
--! out: false	cannot resume dead coroutine
--! out: false	cannot resume dead coroutine
--! out: 2	3	3	6
--! out: inner sees	normal	running	true
--! out: true
--! out: suspended	true
--! out: false	cannot resume running coroutine
--! out: false	cannot resume running coroutine
--! out: true
--! out: nil
--! out: false	false	bad argument #1 to '?' (Lua function expected)
--! out: false	bad argument #1 to '?' (Lua function expected)
--! out: false	bad argument #1 to '?' (coroutine expected)
--! out: false	bad argument #1 to '?' (Lua function expected)
--! out: 1	false	cannot resume dead coroutine
--! out: false	attempt to yield across metamethod/C-call boundary
--! out: 1
--! out: 3
--! out: thread	true
--! out: true
--! out: true
