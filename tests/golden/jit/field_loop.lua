-- Named fields in hot loops: read, update, add, of one object and of many, nested.
local p = {x = 0, y = 0, vx = 1, vy = 0.5}
for i = 1, 500 do p.x = p.x + p.vx p.y = p.y + p.vy if p.x > 100 then p.vx = -p.vx end if p.x < 0 then p.vx = -p.vx end end
print(p.x, p.y, p.vx)
local objs = {}
for i = 1, 50 do objs[i] = {id = i, value = i * 3, next = objs[i - 1]} end
local s = 0
for r = 1, 5 do for i = 1, #objs do local o = objs[i] o.value = o.value + r s = s + o.value - o.id end end
print(s)
local n, len = objs[50], 0
while n do len = len + n.id n = n.next end
print(len)
local cfg = {a = {b = {c = 0}}}
for i = 1, 200 do cfg.a.b.c = cfg.a.b.c + i end
print(cfg.a.b.c)
local c = {n = 0}
for i = 1, 300 do if i == 100 then c.extra = 1 end c.n = c.n + 1 + (c.extra or 0) end
print(c.n, c.extra)
local made = 0
for i = 1, 200 do local o = {a = i, b = i * 2} o.c = o.a + o.b made = made + o.c end
print(made)
local d = {}
for i = 1, 100 do d["f" .. i % 5] = (d["f" .. i % 5] or 0) + i end
print(d.f0, d.f1, d.f4)
local t = {count = 0}
for i = 1, 100 do t.count = t.count + 1 if i % 10 == 0 then t.flag = not t.flag end if i == 55 then t.count = nil t.count = 1000 end end
print(t.count, t.flag)
--! out: 92	250	1
--! out: 14500
--! out: 1275
--! out: 20100
--! out: 501	1
--! out: 60300
--! out: 1050	970	1030
--! out: 1045	false
--! jit: min-native-loops 1
