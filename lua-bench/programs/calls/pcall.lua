-- Protected calls: ones that succeed, that fail with a string or a table, nested ones, `xpcall`.
--! check: 847532679
--! quick: 60000 275391230
local n = tonumber((...) or 250000)

local function half(x)
  if x % 2 == 1 then error("odd", 0) end
  return x / 2, x
end

local Failure = {}
Failure.__index = Failure
local function fail(code) error(setmetatable({ code = code }, Failure)) end

local function nested(x)
  local ok, problem = pcall(fail, x)
  if ok or getmetatable(problem) ~= Failure then error("not what was thrown", 0) end
  if problem.code % 3 == 0 then error(problem) end
  return problem.code
end

local handled = 0
local function handler(problem)
  handled = handled + 1
  return type(problem) == "string" and #problem or problem.code
end

local succeeded, odd, rethrown, runtime, check = 0, 0, 0, 0, 0
for i = 1, n do
  local ok, value, double = pcall(half, i)
  if ok then
    succeeded = succeeded + 1
    check = (check + value + double) % 1000000007
  elseif value == "odd" then
    odd = odd + 1
  end

  local fine, problem = pcall(nested, i)
  if not fine then rethrown = rethrown + problem.code % 2 end

  local worked, result = xpcall(function() return half(i % 8) end, handler)
  check = (check * 3 + (worked and result or 2 * result)) % 1000000007

  -- An error of the VM's own, whose message differs between VMs.
  if i % 8 == 0 and not pcall(function() return i.field.missing end) then runtime = runtime + 1 end
end

print(string.format("succeeded %d, odd %d, rethrown %d", succeeded, odd, rethrown))
print(string.format("handled %d, runtime %d", handled, runtime))
print(string.format("check: %d", check))
