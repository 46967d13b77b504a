-- The `jit` library: the same answers with a JIT and without one, and code that goes on working.
print(type(jit.version), jit.version:find("^%w+ %d%.%d%.%d.*LuaJIT") ~= nil, math.floor(jit.version_num / 10000), type(jit.os), type(jit.arch))
print(require("jit") == jit, require("jit.opt") == jit.opt, type(jit.status()))
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end
jit.off(sum, true)
print(sum(1000))
jit.on(sum)
print(sum(1000))
-- Native code is dropped between two calls, and in the middle of a loop that uses it.
local s = 0
for i = 1, 300 do
  s = s + sum(20)
  if i % 50 == 0 then jit.flush(sum) elseif i % 75 == 0 then jit.flush() end
  if i == 120 then jit.off() elseif i == 200 then jit.on() end
  if i == 220 then jit.off(true) elseif i == 240 then jit.on(true, true) end
end
print(s)
jit.flush(1)
jit.opt.start(3, "hotloop=5", "hotexit=2", "-fold", "+cse", "noloop", "maxside=10")
print(sum(500), select("#", jit.on()), select("#", jit.off(nil)), select("#", jit.on(nil)))
print(pcall(jit.on, 5))
print(pcall(jit.off, print))
print(pcall(jit.flush, {}))
print(pcall(jit.opt.start, "hotloop"))
print(pcall(jit.opt.start, {}))
--! out: string	true	2	string	string
--! out: true	true	boolean
--! out: 500500
--! out: 500500
--! out: 63000
--! out: 125250	0	0	0
--! out: false	bad argument #1 to '?' (function expected, got number)
--! out: false	bad argument #1 to '?' (function expected, got function)
--! out: false	bad argument #1 to '?' (function expected, got table)
--! out: false	unknown or malformed optimization flag 'hotloop'
--! out: false	bad argument #1 to '?' (string expected, got table)
--! ours: LuaJIT's library
