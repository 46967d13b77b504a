-- luacheck, a linter of 50 modules, reads Penlight and itself.
-- Packages: lua-check lua-penlight lua-inspect lua-binaryheap lua-fifo lua-basexx lua-messagepack lua-markdown
local root = ...
local luacheck = require("luacheck")
local share = root .. "/usr/share/lua/5.1/"
local names = {
  "pl/List", "pl/class", "pl/lexer", "pl/pretty", "pl/stringx", "pl/tablex", "pl/data", "pl/xml", "pl/comprehension",
  "luacheck/parser", "luacheck/lexer", "luacheck/format", "luacheck/check_state", "inspect", "binaryheap", "fifo",
  "basexx", "MessagePack", "markdown",
}
local sources = {}
for i, name in ipairs(names) do
  local file = assert(io.open(share .. name .. ".lua"))
  sources[i] = file:read("*a")
  file:close()
end
sources[#sources + 1] = "local x = = 1"
sources[#sources + 1] = "goto nowhere"
local report = luacheck.check_strings(sources, {std = "max", max_line_length = 100})
print(report.warnings, report.errors, report.fatals)
for i, events in ipairs(report) do
  for _, event in ipairs(events) do print(names[i] or "bad", event.line, event.column, event.code, luacheck.get_message(event)) end
end
