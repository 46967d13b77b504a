-- Comparison, concatenation and length by metamethods: sorted versions, sets with operators.
--! check: 803745
--! quick: 1200 144306
local rounds = tonumber((...) or 15000)

local Version = {}
Version.__index = Version
function Version.new(major, minor) return setmetatable({ major = major, minor = minor }, Version) end
function Version.__lt(a, b)
  if a.major ~= b.major then return a.major < b.major end
  return a.minor < b.minor
end
function Version.__le(a, b) return not (b < a) end
function Version.__eq(a, b) return a.major == b.major and a.minor == b.minor end
function Version.__concat(a, b)
  local function text(x) return type(x) == "table" and x.major .. "." .. x.minor or x end
  return text(a) .. text(b)
end

local check, seed = 0, 31
for round = 1, rounds do
  local versions = {}
  for i = 1, 100 do
    seed = (seed * 16807) % 2147483647
    versions[i] = Version.new(seed % 10, seed % 97)
  end
  table.sort(versions, function(a, b) return a < b end)
  for i = 2, #versions do
    if versions[i - 1] <= versions[i] then check = check + 1 end
    if versions[i - 1] == versions[i] then check = check + 2 end
  end
  check = (check + #(versions[1] .. " to " .. versions[100])) % 1000003
end
print("check: " .. check)
