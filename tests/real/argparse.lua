-- argparse: parsers with commands, options and mutexes; usage, help, completion scripts and every error.
-- Packages: lua-argparse
local argparse = require("argparse")
local parser = argparse("tool", "A tool of many commands.", "See also: nothing."):add_help(false)
parser:flag("-v --verbose", "Say more."):count("0-3"):target("verbosity")
parser:option("-l --level", "How much.", "3"):convert(tonumber)
parser:option("--pair", "Two values."):args(2):count("*")
parser:mutex(parser:flag("--fast"), parser:flag("--slow"))
local install = parser:command("install i", "Install something.")
install:argument("rock", "Its name.")
install:argument("version"):args("?")
install:option("-f --from", "Where from."):choices{"here", "there"}
install:flag("--force"):action("store_true")
local remove = parser:command("remove")
remove:argument("names"):args("+")
remove:option("--depth"):convert(tonumber):default("1")

local function show(value)
  if type(value) ~= "table" then return tostring(value) end
  local keys, out = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do out[i] = tostring(key) .. "=" .. show(value[key]) end
  return "{" .. table.concat(out, ",") .. "}"
end
local lines = {
  "install penlight", "i penlight 1.0 -f here", "install penlight -f nowhere", "remove a b c --depth 4", "remove", "remove a --depth x",
  "--fast --slow remove a", "-vvv remove a", "-vvvv remove a", "--pair 1 2 --pair 3 4 install x", "--pair 1 install", "instal x",
  "--level=9 install x --force", "-l5 install x", "--unknown install x", "install", "install a b c d", "", "-v", "remove -- -a -b",
}
for round = 1, 6 do
  for _, line in ipairs(lines) do
    local arguments = {}
    for word in line:gmatch("%S+") do arguments[#arguments + 1] = word end
    local ok, result = parser:pparse(arguments)
    if round == 6 then print(line, ok, show(result)) end
  end
end
print(parser:get_usage())
print(parser:get_help())
print(install:get_help())
print(parser:get_bash_complete())
print(parser:get_zsh_complete())
print(parser:get_fish_complete())
