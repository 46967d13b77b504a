-- Errors in coroutines: reported by resume, passed on by wrap, dead afterwards, values kept.
local co = coroutine.create(function() error("oops") end)
print(coroutine.resume(co))
print(coroutine.status(co), coroutine.resume(co))
local ok, e = coroutine.resume(coroutine.create(function() error({code = 7}) end))
print(ok, type(e), e.code)
print(coroutine.resume(coroutine.create(function() error() end)))
print(coroutine.resume(coroutine.create(function() error("no position", 0) end)))
print(coroutine.resume(coroutine.create(function() local x = nil; x.y = 1 end)))
print(pcall(coroutine.wrap(function() error("in wrap", 0) end)))
print(pcall(coroutine.wrap(function() coroutine.yield() error("x") end)))
local w = coroutine.wrap(function() coroutine.yield(1) local t = nil; return t.x end)
print(w(), pcall(w))
print(pcall(w))
-- pcall inside a coroutine catches, and the coroutine goes on
co = coroutine.create(function()
  local r = {pcall(error, "caught", 0)}
  local x = coroutine.yield(r[1], r[2])
  local ok, m = pcall(function() return x + {} end)
  return ok, m
end)
print(coroutine.resume(co))
print(coroutine.resume(co, 5))
-- an error passes through nested coroutines only by wrap
local function nest(n)
  if n == 0 then error("bottom", 0) end
  coroutine.wrap(nest)(n - 1)
end
print(pcall(nest, 10))
local function nest2(n)
  if n == 0 then error("bottom", 0) end
  local ok, m = coroutine.resume(coroutine.create(nest2), n - 1)
  return m and n .. ":" .. m or n
end
print(nest2(5))
-- the stack of a failed coroutine can still be looked at
co = coroutine.create(function() local function f() error("deep") end f() end)
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(co, "with message"))
co = coroutine.create(function() local a = 1 coroutine.yield() end)
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(coroutine.create(print == nil and print or function() end)))
-- closures that captured the coroutine's variables outlive its failure
local get
co = coroutine.create(function() local v = "kept" get = function() return v end v = v .. "!" error("x") end)
coroutine.resume(co)
print(get())
--! out: false	errors.lua:2: oops
--! out: dead	false	cannot resume dead coroutine
--! out: false	table	7
--! out: false	nil
--! out: false	no position
--! out: false	errors.lua:9: attempt to index local 'x' (a nil value)
--! out: false	in wrap
--! out: true
--! out: 1	false	errors.lua:12: attempt to index local 't' (a nil value)
--! out: false	cannot resume dead coroutine
--! out: true	false	caught
--! out: true	false	errors.lua:19: attempt to perform arithmetic on a table value
--! out: false	errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: errors.lua:27: bottom
--! out: 5:4:3:2:1:bottom
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	errors.lua:37: in function 'f'
--! out: 	errors.lua:37: in function <errors.lua:37>
--! out: with message
--! out: stack traceback:
--! out: 	[C]: in function 'error'
--! out: 	errors.lua:37: in function 'f'
--! out: 	errors.lua:37: in function <errors.lua:37>
--! out: stack traceback:
--! out: 	[C]: in function 'yield'
--! out: 	errors.lua:41: in function <errors.lua:41>
--! out: stack traceback:
--! out: kept!
