-- Dijkstra with a binary heap, breadth-first search, union-find, topological order, flood fill.
local Heap = {} Heap.__index = Heap
function Heap:push(k, v)
  local n = #self + 1
  self[n] = {k, v}
  while n > 1 do local p = math.floor(n / 2) if self[p][1] <= self[n][1] then break end self[p], self[n] = self[n], self[p] n = p end
end
function Heap:pop()
  local top = self[1]
  local n = #self
  self[1] = self[n]
  self[n] = nil
  n = n - 1
  local i = 1
  while true do
    local c = i * 2
    if c > n then break end
    if c < n and self[c + 1][1] < self[c][1] then c = c + 1 end
    if self[i][1] <= self[c][1] then break end
    self[i], self[c] = self[c], self[i]
    i = c
  end
  return top[1], top[2]
end
local edges, seed = {}, 5
local function rnd(n) seed = (seed * 1103 + 377) % 65521 return seed % n + 1 end
for i = 1, 40 do edges[i] = {} end
for i = 1, 40 do for k = 1, 3 do local j = rnd(40) if j ~= i then edges[i][j] = rnd(20) end end edges[i][i % 40 + 1] = 25 end
local dist, heap = {[1] = 0}, setmetatable({}, Heap)
heap:push(0, 1)
while #heap > 0 do
  local d, u = heap:pop()
  if d == dist[u] then for v, w in pairs(edges[u]) do if not dist[v] or d + w < dist[v] then dist[v] = d + w heap:push(d + w, v) end end end
end
local sum = 0
for i = 1, 40 do sum = sum + dist[i] end
print(sum, dist[40], dist[20])
local maze = {"#########", "#...#...#", "#.#.#.#.#", "#.#...#.#", "#.#####.#", "#.......#", "#########"}
local function bfs(sx, sy, tx, ty)
  local seen, queue, head = {[sy * 16 + sx] = 0}, {{sx, sy}}, 1
  while queue[head] do
    local x, y = queue[head][1], queue[head][2]
    head = head + 1
    local d = seen[y * 16 + x]
    if x == tx and y == ty then return d, head end
    for _, m in ipairs{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} do
      local nx, ny = x + m[1], y + m[2]
      if maze[ny]:sub(nx, nx) == "." and not seen[ny * 16 + nx] then seen[ny * 16 + nx] = d + 1 queue[#queue + 1] = {nx, ny} end
    end
  end
end
print(bfs(2, 2, 8, 2))
local parent = {}
for i = 1, 50 do parent[i] = i end
local function find(x) while parent[x] ~= x do parent[x] = parent[parent[x]] x = parent[x] end return x end
local joins = 0
for i = 1, 60 do local a, b = find(rnd(50)), find(rnd(50)) if a ~= b then parent[a] = b joins = joins + 1 end end
local roots = 0
for i = 1, 50 do if find(i) == i then roots = roots + 1 end end
print(joins, roots, joins + roots)
local deps = {app = {"lib", "log"}, lib = {"core"}, log = {"core", "io"}, io = {"core"}, core = {}}
local order, state = {}, {}
local function visit(n) if state[n] == 1 then error("cycle at " .. n, 0) end if state[n] then return end state[n] = 1 for _, d in ipairs(deps[n]) do visit(d) end state[n] = 2 order[#order + 1] = n end
visit("app")
print(table.concat(order, " "))
deps.core = {"app"}
state = {}
print(pcall(visit, "app"))
--! out: 1255	37	33
--! out: 10	21
--! out: 45	5	50
--! out: core lib io log app
--! out: false	cycle at app
--! jit: min-native-loops 1
