-- Any value but nil and NaN is a key; reading any key is fine.
local t = {}
local f, co, ud = function() end, coroutine.create(function() end), newproxy()
local keys = {1, -1, 0, 1.5, 1e100, "s", "", true, false, t, f, co, ud, print, math.huge, -math.huge, io.stdout}
for i, k in ipairs(keys) do t[k] = i end
local ok = true
for i, k in ipairs(keys) do ok = ok and t[k] == i and rawget(t, k) == i end
print(ok)
local n = 0
for k, v in pairs(t) do n = n + 1 assert(rawequal(keys[v], k)) end
print(n, #keys)
print(t[nil], t[0 / 0], rawget(t, nil), rawget({}, 0 / 0))
print(pcall(function() t[nil] = 1 end))
print(pcall(function() t[0 / 0] = 1 end))
print(pcall(rawset, t, nil, 1))
print(pcall(function() local k t[k] = 1 end))
print(pcall(function() t[nil] = nil end))
t[3.0], t[3] = "float", "int"
print(t[3], t[3.0], t["3"])
t["3"] = "string"
print(t[3], t["3"])
local i = 0
for k = 0.5, 3, 0.5 do i = i + 1 t[k] = k end
print(i, t[0.5], t[1], t[2.5], t[3])
print(t[2 ^ 53], t[1e15])
t[1e15], t[2 ^ 53] = "1e15", "2^53"
print(t[1000000000000000], t[9007199254740992], t[9007199254740993])
for _, k in ipairs(keys) do t[k] = nil end
print(t[1], t.s, t[true], t[t], t[print])
local d = {}
for i = -5, 5 do d[i] = i end
local sum = 0
for k, v in pairs(d) do sum = sum + k * v end
print(sum, #d, d[-5], d[0])
for i = -5, 5 do d[i] = nil end
print(next(d))
local bool = {[true] = "t", [false] = "f"}
print(bool[1 == 1], bool[1 == 2], bool[nil == false])
--! out: true
--! out: 17	17
--! out: nil	nil	nil	nil
--! out: false	key_types.lua:13: table index is nil
--! out: false	key_types.lua:14: table index is NaN
--! out: false	table index is nil
--! out: false	key_types.lua:16: table index is nil
--! out: false	key_types.lua:17: table index is nil
--! out: float	float	nil
--! out: float	string
--! out: 6	0.5	1	2.5	3
--! out: nil	nil
--! out: 1e15	2^53	2^53
--! out: nil	nil	nil	nil	nil
--! out: 110	5	-5	0
--! out: nil
--! out: t	f	f
