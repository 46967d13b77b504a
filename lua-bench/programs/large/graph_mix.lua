-- Graph and optimisation algorithms on one random graph: components, spanning tree, shortest ways, flows, knapsack, queens, annealing of a round trip.
--! check: 172615 1407980.729
local rounds = tonumber((...) or 50)

local floor, huge, sqrt, exp = math.floor, math.huge, math.sqrt, math.exp

local seed = 31415
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end
local function random_int(n) return floor(random() * n) + 1 end

---------------------------------------------------------------------------------------------------
-- Graphs: places in the plane, edges in adjacency lists

local Graph = {}
Graph.__index = Graph

function Graph.random(size, degree)
  local self = setmetatable({ size = size, x = {}, y = {}, edges = {}, near = {} }, Graph)
  for i = 1, size do
    self.x[i], self.y[i], self.near[i] = random() * 100, random() * 100, {}
  end
  for i = 1, size do
    for _ = 1, degree do
      local j = random_int(size)
      if j ~= i then self:connect(i, j, self:distance(i, j)) end
    end
  end
  return self
end

function Graph:distance(i, j)
  local dx, dy = self.x[i] - self.x[j], self.y[i] - self.y[j]
  return sqrt(dx * dx + dy * dy)
end

function Graph:connect(i, j, length)
  local edge = { from = i, to = j, length = length, capacity = 1 + floor(length) % 9 }
  self.edges[#self.edges + 1] = edge
  local here, there = self.near[i], self.near[j]
  here[#here + 1] = edge
  there[#there + 1] = edge
end

function Graph:other(edge, i) return edge.from == i and edge.to or edge.from end

---------------------------------------------------------------------------------------------------
-- Depth first search without recursion, and bridges with it

function Graph:components()
  local seen, count = {}, 0
  for start = 1, self.size do
    if not seen[start] then
      count = count + 1
      local stack, top = { start }, 1
      seen[start] = count
      while top > 0 do
        local i = stack[top]
        top = top - 1
        for _, edge in ipairs(self.near[i]) do
          local j = self:other(edge, i)
          if not seen[j] then
            seen[j] = count
            top = top + 1
            stack[top] = j
          end
        end
      end
    end
  end
  return count
end

function Graph:bridges()
  local order, low, time, found = {}, {}, 0, 0
  local function visit(i, arrived_by)
    time = time + 1
    order[i], low[i] = time, time
    for _, edge in ipairs(self.near[i]) do
      if edge ~= arrived_by then
        local j = self:other(edge, i)
        if order[j] then
          if order[j] < low[i] then low[i] = order[j] end
        else
          visit(j, edge)
          if low[j] < low[i] then low[i] = low[j] end
          if low[j] > order[i] then found = found + 1 end
        end
      end
    end
  end
  for i = 1, self.size do
    if not order[i] then visit(i, nil) end
  end
  return found
end

-- Triples of places that are all connected.
function Graph:triangles()
  local near, found = {}, 0
  for i = 1, self.size do near[i] = {} end
  for _, edge in ipairs(self.edges) do near[edge.from][edge.to], near[edge.to][edge.from] = true, true end
  for i = 1, self.size do
    for j in pairs(near[i]) do
      for k in pairs(near[j]) do
        if i < j and j < k and near[k][i] then found = found + 1 end
      end
    end
  end
  return found
end

---------------------------------------------------------------------------------------------------
-- The least spanning tree, with sets that are united

function Graph:spanning_tree()
  local parent, rank = {}, {}
  for i = 1, self.size do parent[i], rank[i] = i, 0 end
  local function find(i)
    while parent[i] ~= i do
      parent[i] = parent[parent[i]]
      i = parent[i]
    end
    return i
  end
  local order = {}
  for i, edge in ipairs(self.edges) do order[i] = edge end
  table.sort(order, function(a, b) return a.length < b.length end)
  local total, taken = 0, 0
  for _, edge in ipairs(order) do
    local a, b = find(edge.from), find(edge.to)
    if a ~= b then
      if rank[a] < rank[b] then a, b = b, a end
      parent[b] = a
      if rank[a] == rank[b] then rank[a] = rank[a] + 1 end
      total, taken = total + edge.length, taken + 1
    end
  end
  return total, taken
end

---------------------------------------------------------------------------------------------------
-- The shortest ways from one place, with a heap in which entries grow stale instead of moving

function Graph:shortest(source)
  local far, heap, size = { [source] = 0 }, {}, 0
  local function push(i, length)
    size = size + 1
    local at = size
    while at > 1 and heap[floor(at / 2)].length > length do
      heap[at] = heap[floor(at / 2)]
      at = floor(at / 2)
    end
    heap[at] = { place = i, length = length }
  end
  local function pop()
    local first, last, at = heap[1], heap[size], 1
    heap[size] = nil
    size = size - 1
    while 2 * at <= size do
      local child = 2 * at
      if child < size and heap[child + 1].length < heap[child].length then child = child + 1 end
      if heap[child].length >= last.length then break end
      heap[at] = heap[child]
      at = child
    end
    if size > 0 then heap[at] = last end
    return first
  end
  push(source, 0)
  while size > 0 do
    local entry = pop()
    if entry.length == far[entry.place] then
      for _, edge in ipairs(self.near[entry.place]) do
        local j, length = self:other(edge, entry.place), entry.length + edge.length
        if not far[j] or length < far[j] then
          far[j] = length
          push(j, length)
        end
      end
    end
  end
  local most = 0
  for i = 1, self.size do most = math.max(most, far[i] or 0) end
  return most
end

---------------------------------------------------------------------------------------------------
-- The greatest flow, by breadth first search for paths with room

function Graph:flow(source, sink)
  local used, total = {}, 0
  for _, edge in ipairs(self.edges) do used[edge] = 0 end
  local function room(edge, i)
    if edge.from == i then return edge.capacity - used[edge] end
    return edge.capacity + used[edge]
  end
  while true do
    local by, queue, first, last = { [source] = true }, { source }, 1, 1
    while first <= last and not by[sink] do
      local i = queue[first]
      first = first + 1
      for _, edge in ipairs(self.near[i]) do
        local j = self:other(edge, i)
        if not by[j] and room(edge, i) > 0 then
          by[j] = edge
          last = last + 1
          queue[last] = j
        end
      end
    end
    if not by[sink] then return total end
    local least, i = huge, sink
    while i ~= source do
      local edge = by[i]
      local before = self:other(edge, i)
      least = math.min(least, room(edge, before))
      i = before
    end
    i = sink
    while i ~= source do
      local edge = by[i]
      local before = self:other(edge, i)
      used[edge] = used[edge] + (edge.from == before and least or -least)
      i = before
    end
    total = total + least
  end
end

---------------------------------------------------------------------------------------------------
-- A round trip through all places, by annealing with reversals

function Graph:round_trip(steps)
  local tour = {}
  for i = 1, self.size do tour[i] = i end
  local heat = 30
  local saved = 0
  for _ = 1, steps do
    local i, j = random_int(self.size - 2), random_int(self.size - 1)
    if i > j then i, j = j, i end
    if i < j then
      local a, b, c, d = tour[i], tour[i + 1], tour[j], tour[j + 1]
      local change = self:distance(a, c) + self:distance(b, d) - self:distance(a, b) - self:distance(c, d)
      if change < 0 or random() < exp(-change / heat) then
        saved = saved - change
        local low, high = i + 1, j
        while low < high do
          tour[low], tour[high] = tour[high], tour[low]
          low, high = low + 1, high - 1
        end
      end
    end
    heat = heat * 0.9999
  end
  return saved
end

---------------------------------------------------------------------------------------------------
-- Packing and placing

local function knapsack(weights, values, limit)
  local best = {}
  for room = 0, limit do best[room] = 0 end
  for i = 1, #weights do
    local weight, value = weights[i], values[i]
    for room = limit, weight, -1 do
      local with = best[room - weight] + value
      if with > best[room] then best[room] = with end
    end
  end
  return best[limit]
end

local function queens(size)
  local columns, rising, falling, count = {}, {}, {}, 0
  local function place(row)
    if row > size then
      count = count + 1
      return
    end
    for column = 1, size do
      if not columns[column] and not rising[row + column] and not falling[row - column + size] then
        columns[column], rising[row + column], falling[row - column + size] = true, true, true
        place(row + 1)
        columns[column], rising[row + column], falling[row - column + size] = false, false, false
      end
    end
  end
  place(1)
  return count
end

---------------------------------------------------------------------------------------------------

local check, length = 0, 0
for round = 1, rounds do
  local graph = Graph.random(300, 2)
  local total, taken = graph:spanning_tree()
  length = length + total
  check = check + graph:components() + graph:bridges() + graph:triangles() + taken
  for sink = 2, 20 do check = check + graph:flow(1, sink) end
  for source = 1, 20 do length = length + graph:shortest(source) end
  length = length + graph:round_trip(20000)
  local weights, values = {}, {}
  for i = 1, 60 do weights[i], values[i] = random_int(40), random_int(100) end
  check = (check + knapsack(weights, values, 900) + queens(6 + round % 3)) % 1000003
end
print(string.format("check: %d %.3f", check, length))
