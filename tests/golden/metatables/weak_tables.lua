-- __mode: what a full collection removes from weak tables and what it keeps.
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local keep = {}
local wv = setmetatable({}, {__mode = "v"})
for i = 1, 5 do wv[i] = {} end
wv.kept, wv.str, wv.num, wv.bool, wv.fn = keep, "string", 5, true, print
collectgarbage()
collectgarbage()
print(count(wv), wv[1], wv.kept == keep, wv.str, wv.num, wv.bool, wv.fn == print)
local wk = setmetatable({}, {__mode = "k"})
for i = 1, 5 do wk[{}] = i end
wk[keep], wk.str, wk[1] = "kept", {}, {}
collectgarbage()
print(count(wk), wk[keep], type(wk.str), type(wk[1]))
local both = setmetatable({}, {__mode = "kv"})
both[{}] = 1
both[1] = {}
both[keep] = keep
both.x = "x"
collectgarbage()
print(count(both), both[keep] == keep, both.x)
local strong = {}
for i = 1, 5 do strong[i] = {} strong[{}] = i end
collectgarbage()
print(count(strong))
local cache = setmetatable({}, {__mode = "v"})
local function object(name)
  local o = cache[name]
  if not o then o = {name = name} cache[name] = o end
  return o
end
local a1 = object("a")
print(object("a") == a1, object("b").name)
collectgarbage()
print(cache.a == a1, cache.b)
a1 = nil
collectgarbage()
print(next(cache))
-- mode set and unset later
local later = {}
local lmt = {}
setmetatable(later, lmt)
later[1] = {}
lmt.__mode = "v"
collectgarbage()
print(later[1])
lmt.__mode = nil
later[1] = {}
collectgarbage()
print(type(later[1]))
-- a value reachable only through another weak table goes too
local w1, w2 = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "v"})
do local x = {} w1[1] = x w2[1] = x end
do local clobber1, clobber2 = 1, 2 end
collectgarbage()
print(w1[1], w2[1])
local ck = setmetatable({}, {__mode = "k"})
do local k = {} ck[k] = "no reference back" end
do local clobber = 1 end
collectgarbage()
print(next(ck))
--! out: 5	nil	true	string	5	true	true
--! out: 3	kept	table	table
--! out: 2	true	x
--! out: 10
--! out: true	b
--! out: true	nil
--! out: nil
--! out: nil
--! out: table
--! out: nil	nil
--! out: nil
