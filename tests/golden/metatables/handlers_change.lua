-- What reads and stores remember of functions behind `__index` and `__newindex` is forgotten when it is no longer so.
local log = {}
local function note(...) log[#log + 1] = table.concat({ ... }, " ") end
local function flush() print(#log, table.concat(log, ", ")) log = {} end

local meta = {}
meta.__index = function(t, k) return "A" .. k end
meta.__newindex = function(t, k, v) note("A", k, v) end
local t = setmetatable({}, meta)
local function get(t) return t.x end
local function method(t) return t:m() end
local function computed(t, k) return t[k] end
local function set(t, v) t.x = v end
local function set_computed(t, k, v) t[k] = v end

local function round(t)
  local called, result = pcall(method, t)
  note(tostring(get(t)), tostring(computed(t, "x")), tostring(computed(t, "y")), tostring(computed(t, 1)), tostring(called and result))
  set(t, 1)
  set_computed(t, "x", 2)
  set_computed(t, "y", 3)
  set_computed(t, 1, 4)
end
local function rounds(what, t)
  for _ = 1, 3 do round(t) end
  io.write(what, ": ")
  flush()
end

rounds("functions", t)
meta.__index = function(t, k) return k == "m" and function(self) return self == t end or "B" .. k end
rounds("another __index", t)
meta.__newindex = function(t, k, v) note("B", k, v) end
rounds("another __newindex", t)
rawset(t, "x", "own")
rounds("a key of its own", t)
rawset(t, "x", nil)
rounds("and without it", t)
setmetatable(t, { __index = function() return "C" end, __newindex = function(_, k) note("C", k) end })
rounds("another metatable", t)
setmetatable(t, meta)
rounds("the old one", t)
meta.__index = { x = "table", m = function() return "table's" end }
rounds("a table", t)
meta.__index = nil
rounds("no __index", t)
meta.__newindex = nil
rounds("no __newindex", t)
for k in pairs(t) do t[k] = nil end
meta.__index = rawequal
print(get(t))
meta.__index = function(...) return select("#", ...), "no second result" end
print(get(t), (computed(t, "y")), select("#", computed(t, "y")))
meta.__index = setmetatable({}, { __call = function(_, object, k) return k end })
print(pcall(get, t))

-- A table that is its own metatable.
local own = {}
own.__index = function(t, k) return k .. (t == own and "!" or "?") end
own.__newindex = function(t, k, v) rawset(t, k, v) end
setmetatable(own, own)
for i = 1, 3 do io.write(own.a, " ", own.b, " ") own.b = i io.write(own.b, " ") own.b = nil end
print()

-- One place, objects of several kinds.
local kinds = {}
for n = 1, 6 do
  kinds[n] = setmetatable({ ["k" .. n] = n }, { __index = function(_, k) return n end, __newindex = function(_, k, v) note(n, v) end })
end
for i = 1, 12 do
  local o = kinds[i % 6 + 1]
  io.write(get(o), " ")
  set(o, i)
end
print()
flush()

-- Handlers that fail and recurse.
local failing = setmetatable({}, { __index = function(_, k) error("no " .. k, 0) end, __newindex = function(_, k) error("not " .. k, 0) end })
for _ = 1, 3 do print(pcall(get, failing)) print(pcall(set, failing, 1)) end
local deep = setmetatable({}, { __index = function(t, k) return k == "a" and 0 or t[k:sub(1, -2)] + 1 end })
print(deep.aaaaaaaaaa)
local bottomless = setmetatable({}, { __index = function(t, k) return (t[k]) end })
print((pcall(get, bottomless)))

-- Comparisons and operators through the same landing.
local n = setmetatable({}, {
  __lt = function() return 1 end, __le = function() return nil end, __eq = function() return true end,
  __add = function(_, x) return x end, __unm = function() return "minus" end, __concat = function() return "joined" end,
  __call = function(self, ...) return select("#", ...) end,
})
local m = setmetatable({}, getmetatable(n))
for _ = 1, 3 do
  io.write(tostring(n < m), tostring(n <= m), tostring(n > m), tostring(not (n >= m)), tostring(n == m), tostring(n ~= m), " ")
  io.write(n + 1, -n, n .. "x", "x" .. n .. m, n(1, 2), " ")
end
print()
--! out: functions: 15	Ax Ax Ay A1 false, A x 1, A x 2, A y 3, A 1 4, Ax Ax Ay A1 false, A x 1, A x 2, A y 3, A 1 4, Ax Ax Ay A1 false, A x 1, A x 2, A y 3, A 1 4
--! out: another __index: 15	Bx Bx By B1 true, A x 1, A x 2, A y 3, A 1 4, Bx Bx By B1 true, A x 1, A x 2, A y 3, A 1 4, Bx Bx By B1 true, A x 1, A x 2, A y 3, A 1 4
--! out: another __newindex: 15	Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4, Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4, Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4
--! out: a key of its own: 9	own own By B1 true, B y 3, B 1 4, 2 2 By B1 true, B y 3, B 1 4, 2 2 By B1 true, B y 3, B 1 4
--! out: and without it: 15	Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4, Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4, Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4
--! out: another metatable: 15	C C C C false, C x, C x, C y, C 1, C C C C false, C x, C x, C y, C 1, C C C C false, C x, C x, C y, C 1
--! out: the old one: 15	Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4, Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4, Bx Bx By B1 true, B x 1, B x 2, B y 3, B 1 4
--! out: a table: 15	table table nil nil table's, B x 1, B x 2, B y 3, B 1 4, table table nil nil table's, B x 1, B x 2, B y 3, B 1 4, table table nil nil table's, B x 1, B x 2, B y 3, B 1 4
--! out: no __index: 15	nil nil nil nil false, B x 1, B x 2, B y 3, B 1 4, nil nil nil nil false, B x 1, B x 2, B y 3, B 1 4, nil nil nil nil false, B x 1, B x 2, B y 3, B 1 4
--! out: no __newindex: 3	nil nil nil nil false, 2 2 3 4 false, 2 2 3 4 false
--! out: false
--! out: 2	2	1
--! out: true	nil
--! out: a! b! 1 a! b! 2 a! b! 3 
--! out: 2 3 4 5 6 1 2 3 4 5 6 1 
--! out: 12	2 1, 3 2, 4 3, 5 4, 6 5, 1 6, 2 7, 3 8, 4 9, 5 10, 6 11, 1 12
--! out: false	no x
--! out: false	not x
--! out: false	no x
--! out: false	not x
--! out: false	no x
--! out: false	not x
--! out: 9
--! out: false
--! out: truefalsetruetruetruefalse 1minusjoinedxjoined2 truefalsetruetruetruefalse 1minusjoinedxjoined2 truefalsetruetruetruefalse 1minusjoinedxjoined2 
