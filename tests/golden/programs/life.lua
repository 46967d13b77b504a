-- Conway's game of life on a torus: a glider and a random soup.
local W, H = 16, 12
local function grid() local g = {} for y = 1, H do g[y] = {} for x = 1, W do g[y][x] = 0 end end return g end
local function step(g)
  local n = grid()
  for y = 1, H do
    local up, row, down = g[(y - 2) % H + 1], g[y], g[y % H + 1]
    for x = 1, W do
      local l, r = (x - 2) % W + 1, x % W + 1
      local s = up[l] + up[x] + up[r] + row[l] + row[r] + down[l] + down[x] + down[r]
      if s == 3 or (s == 2 and row[x] == 1) then n[y][x] = 1 end
    end
  end
  return n
end
local function show(g) for y = 1, H do print((table.concat(g[y]):gsub("0", "."):gsub("1", "#"))) end end
local function alive(g) local n = 0 for y = 1, H do for x = 1, W do n = n + g[y][x] end end return n end
local g = grid()
for _, c in ipairs{{2, 1}, {3, 2}, {1, 3}, {2, 3}, {3, 3}} do g[c[2]][c[1]] = 1 end
for i = 1, 20 do g = step(g) end
show(g)
local soup, seed = grid(), 1
for y = 1, H do for x = 1, W do seed = (seed * 16807) % 2147483647 if seed % 3 == 0 then soup[y][x] = 1 end end end
local counts = {}
for i = 1, 15 do counts[i] = alive(soup) soup = step(soup) end
print(table.concat(counts, " "))
--! out: ................
--! out: ................
--! out: ................
--! out: ................
--! out: ................
--! out: ......#.........
--! out: .......#........
--! out: .....###........
--! out: ................
--! out: ................
--! out: ................
--! out: ................
--! out: 60 65 53 58 44 44 47 61 37 20 13 17 17 20 23
--! jit: min-native-loops 1
