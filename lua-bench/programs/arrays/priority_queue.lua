-- A binary heap as priority queue under Dijkstra's shortest paths on a grid.
--! check: 21062110
local rounds = tonumber((...) or 150)
local width = 180

local floor = math.floor

local function push(heap, count, priority, item)
  count = count + 1
  local i = count
  while i > 1 do
    local parent = floor(i / 2)
    if heap[2 * parent - 1] <= priority then break end
    heap[2 * i - 1], heap[2 * i] = heap[2 * parent - 1], heap[2 * parent]
    i = parent
  end
  heap[2 * i - 1], heap[2 * i] = priority, item
  return count
end

-- Takes the least item out; answers its priority, itself, and how many are left.
local function pop(heap, count)
  local priority, item = heap[1], heap[2]
  local last_priority, last_item = heap[2 * count - 1], heap[2 * count]
  count = count - 1
  local i = 1
  while 2 * i <= count do
    local child = 2 * i
    if child < count and heap[2 * child + 1] < heap[2 * child - 1] then child = child + 1 end
    if heap[2 * child - 1] >= last_priority then break end
    heap[2 * i - 1], heap[2 * i] = heap[2 * child - 1], heap[2 * child]
    i = child
  end
  heap[2 * i - 1], heap[2 * i] = last_priority, last_item
  return priority, item, count
end

local cells = width * width
local cost, seed = {}, 99
for i = 1, cells do
  seed = (seed * 16807) % 2147483647
  cost[i] = 1 + seed % 9
end

local function shortest(from)
  local distance, heap = {}, {}
  for i = 1, cells do distance[i] = math.huge end
  distance[from] = 0
  local count = push(heap, 0, 0, from)
  while count > 0 do
    local far, cell
    far, cell, count = pop(heap, count)
    if far == distance[cell] then
      local x = (cell - 1) % width
      for direction = 1, 4 do
        local other
        if direction == 1 then other = x > 0 and cell - 1
        elseif direction == 2 then other = x < width - 1 and cell + 1
        elseif direction == 3 then other = cell > width and cell - width
        else other = cell <= cells - width and cell + width end
        if other then
          local through = far + cost[other]
          if through < distance[other] then
            distance[other] = through
            count = push(heap, count, through, other)
          end
        end
      end
    end
  end
  return distance
end

local check = 0
for round = 1, rounds do
  local distance = shortest(round * 31)
  for i = 1, cells, 101 do check = check + distance[i] end
end
print("check: " .. check)
