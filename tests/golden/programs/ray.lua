-- A tiny ray tracer: vectors as tables with metamethods, spheres, shadows, text output.
local V = {} V.__index = V
local function vec(x, y, z) return setmetatable({x = x, y = y, z = z}, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y, a.z + b.z) end
V.__sub = function(a, b) return vec(a.x - b.x, a.y - b.y, a.z - b.z) end
V.__mul = function(a, k) return vec(a.x * k, a.y * k, a.z * k) end
function V:dot(b) return self.x * b.x + self.y * b.y + self.z * b.z end
function V:unit() return self * (1 / math.sqrt(self:dot(self))) end
local spheres = {{c = vec(0, 0, 5), r = 1.5}, {c = vec(1.6, 0.8, 4), r = 0.6}, {c = vec(-1.5, -1, 4.5), r = 0.8}}
local light = vec(-3, 4, -2)
local function hit(o, d)
  local best, what = 1e9, nil
  for i = 1, #spheres do
    local s = spheres[i]
    local oc = o - s.c
    local b, c = oc:dot(d), oc:dot(oc) - s.r * s.r
    local disc = b * b - c
    if disc > 0 then
      local t = -b - math.sqrt(disc)
      if t > 1e-4 and t < best then best, what = t, s end
    end
  end
  return what, best
end
local shades, sum = " .:-=+*#%@", 0
for y = 7, -7, -1 do
  local row = {}
  for x = -16, 16 do
    local d = vec(x / 10, y / 5, 3):unit()
    local s, t = hit(vec(0, 0, 0), d)
    local v = 0
    if s then
      local p = d * t
      local n = (p - s.c):unit()
      local l = (light - p):unit()
      v = math.max(0, n:dot(l)) * 0.85 + 0.15
      if hit(p, l) then v = 0.1 end
    end
    sum = sum + v
    local k = math.floor(v * 9.99) + 1
    row[#row + 1] = shades:sub(k, k)
  end
  print("|" .. table.concat(row) .. "|")
end
print(string.format("%.6f", sum))
--! out: |                                 |
--! out: |                                 |
--! out: |                          %@@%#+ |
--! out: |           #@@@@%%##*=  #@@@@%%*+|
--! out: |         %@@@@@@@%%##*+-#%%%%#*+-|
--! out: |        %@@@@@@@@%%##*+=-++++=-:.|
--! out: |       #%@@@@@@%%%##**+=-......  |
--! out: |       *#%%%%%%%###**+==:.       |
--! out: |    %%%#*#######***++=--..       |
--! out: |  @@@@@%#+*****++++==-:..        |
--! out: | %@@@%%#*+=======---:...         |
--! out: | ##%##**+-:.:::::.....           |
--! out: | =++++=-:..                      |
--! out: |    ....                         |
--! out: |                                 |
--! out: 138.169135
--! jit: min-native-loops 1
