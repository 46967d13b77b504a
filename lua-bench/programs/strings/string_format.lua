-- `string.format` with each common conversion, `tostring` and `tonumber`. No number lies halfway
-- between two that could be written, for LuaJIT's `%g` rounds those up and C's to even.
--! check: 46372997
--! quick: 30000 656678549
local n = tonumber((...) or 300000)
local format = string.format

local check, length = 0, 0
local function take(s)
  length = length + #s
  check = (check * 31 + s:byte(#s) + 7 * s:byte(1)) % 1000000007
end

for i = 1, n do
  take(format("%d", i * 37))
  take(format("%5d|%-5d|%05d", i % 1000, i % 100, i % 10000))
  take(format("%.3f", i / 7))
  take(format("%10.2f and %g", i / 3, i / 9))
  take(format("%x %X %o", i, i * 3, i))
  take(format("%s is %s", "name", tostring(i % 2 == 0)))
  take(format("%-10s|%10s|%.2s", "left", "right", "cut"))
  take(format("%q", "a \"quoted\" \\ word"))
  take(format("%c%c%%", 65 + i % 26, 97 + i % 26))
  take(format("%e", i * 1.5))
  take(tostring(i))
  take(tostring(tonumber("0x" .. i % 10000) + tonumber(i .. "")))
end

print(format("length: %d", length))
print(format("check: %d", check))
