-- luarocks: versions and their constraints, manifests written and read, directories.
-- Packages: luarocks
local root = ...
package.path = root .. "/usr/share/lua/5.4/?.lua;" .. root .. "/usr/share/lua/5.1/?.lua;" .. package.path
require("luarocks.core.cfg").arch = "linux-x86_64"
local vers, dir, fun = require("luarocks.core.vers"), require("luarocks.core.dir"), require("luarocks.fun")
local util = require("luarocks.core.util")
local versions = {"1.0", "1.0-1", "1.0.1", "1.10", "1.9", "2.0beta1", "2.0rc2", "2.0", "2.0alpha", "scm", "dev-1", "1.0-2", "0.9.9.9", "3.4work5"}
table.sort(versions, function(a, b) return vers.compare_versions(a, b) end)
print(table.concat(versions, " "))
local queries = {"foo >= 1.0", "foo ~> 1.0", "foo < 2.0, > 0.9.9", "foo == 1.0-1", "foo", "foo ~= 1.9", "foo @ bad", "foo >= 1.0, < 2"}
for _, text in ipairs(queries) do
  local name, rest = text:match("(%S+)%s*(.*)")
  local constraints, message = vers.parse_constraints and vers.parse_constraints(rest) or require("luarocks.queries").from_dep_string(text)
  if constraints then
    local list = constraints.constraints or constraints
    local matching = {}
    for _, version in ipairs(versions) do
      if vers.match_constraints(vers.parse_version(version), list) then matching[#matching + 1] = version end
    end
    print(text, name, table.concat(matching, " "))
  else
    print(text, name, message)
  end
end
print(dir.path("a", "b/", "/c"), dir.normalize("/a/./b/../c//d"), dir.path("", "x"))
print(table.concat(fun.map({1, 2, 3}, function(x) return x * 2 end), ","), fun.concat({1}, {2, 3})[3])
local merged = {a = {b = 1}}
util.deep_merge(merged, {a = {c = 2}, d = 3})
print(merged.a.b, merged.a.c, merged.d, #util.keys(merged))
for key, value in util.sortedpairs({z = 1, a = 2, [3] = 4, [1] = 5}) do io.write(tostring(key), "=", tostring(value), " ") end print()
print(util.cleanup_path("/a;/b;/a;/c", ";", "5.1", true))
