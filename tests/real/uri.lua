-- The test-suite of lua-uri. It is written for lunit, of which it uses the assertions; they are given here.
-- Packages: lua-uri lua-uri-dev
local root = ...
local here = root .. "/usr/share/doc/lua-uri-dev/examples/"
package.path = here .. "?.lua;" .. package.path

local failed, tests = 0, {}
local function check(ok, message)
  if not ok then error(message or "assertion failed", 3) end
end
lunit = {
  testcase = function(module) tests[#tests + 1] = module end,
  fail = function(message) error(message, 2) end,
  assert_equal = function(expected, actual, message) check(expected == actual, message or tostring(expected) .. " expected, got " .. tostring(actual)) end,
  assert_true = function(value, message) check(value == true, message) end,
  assert_false = function(value, message) check(value == false, message) end,
  assert_nil = function(value, message) check(value == nil, message) end,
  assert_not_nil = function(value, message) check(value ~= nil, message) end,
  assert_table = function(value, message) check(type(value) == "table", message) end,
  assert_string = function(value, message) check(type(value) == "string", message) end,
  assert_number = function(value, message) check(type(value) == "number", message) end,
  assert_not_match = function(pattern, value, message) check(not value:find(pattern), message) end,
  assert_match = function(pattern, value, message) check(value:find(pattern), message) end,
  assert_error = function(message, f) if not f then f = message end check(not pcall(f), message) end,
}
assert_equal, assert_true, assert_false, assert_nil = lunit.assert_equal, lunit.assert_true, lunit.assert_false, lunit.assert_nil
assert_error, assert_not_nil, assert_table = lunit.assert_error, lunit.assert_not_nil, lunit.assert_table
assert_string, assert_match, fail = lunit.assert_string, lunit.assert_match, lunit.fail
assert_number, assert_not_match = lunit.assert_number, lunit.assert_not_match
package.loaded.lunit = lunit

for _, name in ipairs{"_generic", "_pristine", "_relative", "_resolve", "_util", "data", "file", "ftp", "http", "pop",
  "rtsp", "telnet", "urn-isbn", "urn-issn", "urn-oid", "urn"} do
  dofile(here .. "test/" .. name .. ".lua")
end
for _, module in ipairs(tests) do
  local names = {}
  for name, f in pairs(module) do
    if type(name) == "string" and name:find("^test") and type(f) == "function" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local ok, message = pcall(module[name])
    if not ok then failed = failed + 1 end
    print(module._NAME, name, ok, ok and "" or tostring(message):gsub("^.*/", ""))
  end
end
print(failed .. " tests failed, for want of the module isbn")
