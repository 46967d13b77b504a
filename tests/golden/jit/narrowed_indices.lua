-- Indices computed from variables that hold doubles: the variables are converted, and the loop carries integers.

-- A heap in an array: parents and children, found by multiplication.
local function sorted(n)
  local heap, count, seed = {}, 0, 17
  for _ = 1, n do
    seed = seed * 16807 % 2147483647
    count = count + 1
    local i = count
    while i > 1 do
      local parent = (i - i % 2) / 2
      if heap[2 * parent - 1] <= seed then break end
      heap[2 * i - 1], heap[2 * i] = heap[2 * parent - 1], heap[2 * parent]
      i = parent
    end
    heap[2 * i - 1], heap[2 * i] = seed, i
  end
  local sum, before = 0, 0
  while count > 0 do
    local least = heap[1]
    assert(least >= before)
    before = least
    sum = (sum * 3 + least) % 1000003
    local last, other = heap[2 * count - 1], heap[2 * count]
    count = count - 1
    local i = 1
    while 2 * i <= count do
      local child = 2 * i
      if child < count and heap[2 * child + 1] < heap[2 * child - 1] then child = child + 1 end
      if heap[2 * child - 1] >= last then break end
      heap[2 * i - 1], heap[2 * i] = heap[2 * child - 1], heap[2 * child]
      i = child
    end
    heap[2 * i - 1], heap[2 * i] = last, other
  end
  return sum
end
print(sorted(500))

-- Halves: what is indexed by is an integer, and what it is made of now and then is not.
local function halves(n)
  local t, sum, i = {}, 0, 0
  for k = 0, 4 * n do t[k] = k end
  while i < n do
    sum = sum + t[2 * i] - t[2 * i + 1] * 2 + t[4 * i + 2]
    i = i + (i > n / 2 and 0.5 or 1)
  end
  return sum
end
print(halves(200))

-- A zero that is negative, numbers past 32 bits and past 53, and what is no number of elements at all.
local function odd(from, step, n)
  local t, sum, x = { [0] = 100, 1, 2, 3 }, 0, from
  t[2 ^ 31 + 1], t[-3], t[2 ^ 53], t[0.5] = 10, 20, 30, 40
  for _ = 1, n do
    local value = t[x - 1] or t[3 * x] or t[2 - x]
    sum = sum + (value or 0.25) + 1 / (x + 1e300) + (t[-x] or 0)
    x = x + step
  end
  return sum, 1 / (x * 0)
end
print(odd(-20, 1, 60))
print(odd(2 ^ 31 - 50, 1, 100))
print(odd(2 ^ 53 - 30, 1, 60))
print(odd(10, -0.5, 60))
print(odd(-0.0, 0, 30))
print(select("#", odd(0 / 0, 1, 30)))

-- Remainders and products of integers that the loop carries as such.
local function mixed(n)
  local t, sum, i = {}, 0, -n
  for k = -5, 50 do t[k] = k * k end
  while i < n do
    sum = sum + t[i % 7 + 1] + t[(i * 3) % 11 + 2] - (i % -4) + i * -2 + (i * i) % 5
    if sum % 3 == 0 then i = i + 1 else i = i + 2 end
    sum = sum + 1 / ((i * -1) - 0.5) + string.byte("abcdefghij", i % 10 + 1)
  end
  return sum
end
print(string.format("%.9f", mixed(300)))

--! out: 349314
--! out: 69599
--! out: 405	inf
--! out: 34.75	inf
--! out: 15	inf
--! out: 484.75	-inf
--! out: 6000	-inf
--! out: 2
--! out: 55433.424203650
--! jit: min-native-loops 1
