-- Side traces that begin in a callee, return to its callers, and there use upvalue cells: of variables that lie in the frames
-- returned to, further below, and elsewhere.
local total, seen = 0, 0
local function steps(n)
  local count = 0
  while n ~= 1 do
    if n % 2 == 0 then n = n / 2 else n = 3 * n + 1 end
    count = count + 1
  end
  return count
end
local function visit(i)
  local count = steps(i)
  total = total + count
  seen = seen + 1
  return count
end
local most = 0
for i = 1, 60 do
  local count = visit(i)
  if count > most then most = count end
end
print(total, seen, most)

-- The variable belongs to the frame that the trace returns to, and a store by cell comes before it is read there.
local function outer(n)
  local sum, last = 0, 0
  local function note(k)
    local d = 2
    while d * d <= k do
      if k % d == 0 then return false end
      d = d + 1
    end
    last = k
    return true
  end
  local function both(k)
    local prime = note(k)
    if prime then sum = sum + last end
    return prime
  end
  local count = 0
  for k = 2, n do
    if both(k) then count = count + 1 end
    if count == 5 then sum = sum + 1000 end
  end
  return sum, last, count
end
print(outer(40))
print(outer(120))

-- The same code with the variable closed, then open in a frame below.
local function make(v)
  local function add(x)
    local y = 0
    while y < x do y = y + 1 end
    return y
  end
  local function bump(x)
    local y = add(x)
    v = v + y
    return v
  end
  local s = 0
  for i = 1, 30 do s = s + bump(i % 4) end
  return bump, s
end
local bump, s = make(5)
for i = 1, 40 do s = s + bump(i % 3) end
print(s, select(2, make(1)), bump(0))
--! out: 1457	60	112
--! out: 2197	37	12
--! out: 3593	113	30
--! out: 3687	734	90
