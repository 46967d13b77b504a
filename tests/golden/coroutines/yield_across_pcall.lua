-- Yielding inside pcall, metamethods, iterators and library callbacks works here; PUC 5.1 refuses it.
local co = coroutine.wrap(function()
  print(pcall(function() local v = coroutine.yield("in pcall") return v end))
  print(pcall(function() coroutine.yield("before error") error("after yield", 0) end))
  print(xpcall(function() coroutine.yield("in xpcall") error("x", 0) end, function(m) return m .. " handled" end))
  local mt = {__add = function(a, b) return coroutine.yield("in __add") + b end, __index = function(_, k) return coroutine.yield("in __index") .. k end,
    __lt = function() return coroutine.yield("in __lt") end, __call = function(_, x) return coroutine.yield("in __call"), x end,
    __concat = function(_, x) return coroutine.yield("in __concat") .. x end}
  local o = setmetatable({}, mt)
  print(o + 1, o.key, o < o, o(5), o .. "s")
  for i in function(_, i) i = (i or 0) + 1 if i <= 2 then return coroutine.yield("in iterator") end end do print("loop", i) break end
  print((("ab"):gsub("%w", function(c) return coroutine.yield("in gsub " .. c) end)))
  local t = {3, 1, 2}
  table.sort(t, function(a, b) coroutine.yield("in sort") return a < b end)
  print(table.concat(t, " "))
  print(loadstring("return 1 + (...)")(coroutine.yield("in argument")))
  return "end"
end)
print(co())
print(co("value"))
print(co())
print(co())
print(co(10))
print(co("k"))
print(co(true))
print(co("called"))
print(co("cat"))
print(co(1))
print(co("X"))
local step = co("Y")
local n = 0
while step == "in sort" do n = n + 1 step = co() end
print(n >= 2, step)
print(co(41))
--! ours: a coroutine can yield across pcall, metamethods, iterators and callbacks
--! out: in pcall
--! out: true	value
--! out: before error
--! out: false	after yield
--! out: in xpcall
--! out: false	x handled
--! out: in __add
--! out: in __index
--! out: in __lt
--! out: in __call
--! out: in __concat
--! out: 11	kkey	true	called	cats
--! out: in iterator
--! out: loop	1
--! out: in gsub a
--! out: in gsub b
--! out: XY
--! out: 1 2 3
--! out: true	in argument
--! out: 42
--! out: end
