-- luassert with its spies, stubs, mocks, matchers and snapshots; say's texts; cliargs; lemock.
-- Packages: lua-luassert lua-say lua-cliargs
local assert, match, spy, stub, mock = require("luassert"), require("luassert.match"), require("luassert.spy"), require("luassert.stub"), require("luassert.mock")
local function try(name, f, ...)
  local ok, message = pcall(f, ...)
  if type(message) == "table" then message = message.message end
  print(name, ok, ok and "" or (tostring(message):gsub("table: 0x%x+", "table"):gsub("function: 0x%x+", "function")))
end
for round = 1, 4 do
  try("same", assert.are.same, {1, {2}}, {1, {2}})
  try("not same", assert.are.same, {1, {2, x = 1}}, {1, {2, x = 2}})
  try("equal", assert.are.equal, 1, "1")
  try("truthy", assert.is_truthy, nil)
  try("has error", assert.has_error, function() error("boom") end, "bam")
  try("near", assert.near, 1, 1.5, 0.25)
  try("matches", assert.matches, "%d+", "abc")
  try("unique", assert.unique, {1, 2, 2})
  try("not", assert.is_not.equal, 3, 3)
end
local object = {greet = function(self, name) return "hello " .. name end, add = function(a, b) return a + b end}
spy.on(object, "greet")
for i = 1, 30 do object:greet("n" .. i % 3) end
try("called", function() assert.spy(object.greet).was.called(30) end)
try("called with", function() assert.spy(object.greet).was.called_with(match.is_table(), match.is_string()) end)
try("not called with", function() assert.spy(object.greet).was.called_with(1, 2) end)
object.greet:revert()
stub(object, "add").returns(7)
print(object.add(1, 2), #object.add.calls)
local snapshot = assert:snapshot()
object.add:revert()
snapshot:revert()
local mocked = mock({a = function() return 1 end, inner = {b = function() return 2 end}}, true)
print(mocked.a(), mocked.inner.b())
assert:register("assertion", "multiple", function(_, arguments) return arguments[1] % arguments[2] == 0 end)
try("registered", assert.multiple, 9, 3)
try("registered fails", assert.multiple, 9, 4)

local say = require("say")
say:set_namespace("xx")
say:set("greeting", "Hej %s, %d")
print(say("greeting", {"you", 3}), say("missing"))

-- A parser of cliargs serves once.
local function parser()
  local cli = require("cliargs")
  cli:set_name("prog"):set_description("does things")
  cli:argument("INPUT", "the input")
  cli:splat("MORE", "others", nil, 3)
  cli:option("-o, --output=FILE", "where to", "out.txt")
  cli:option("-D, --define=NAME", "definitions", {})
  cli:flag("-q, --[no-]quiet", "silence", false)
  return cli
end
for _, line in ipairs{"in", "in a b -o x", "in --no-quiet -D A -D B", "", "--bad in", "in a b c d", "in -q --output=y"} do
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = word end
  local result, message = parser():parse(words)
  if result then
    print(line, result.INPUT, #(result.MORE or {}), result.output, #(result.define or {}), result.quiet)
  else
    print(line, nil, message)
  end
end
