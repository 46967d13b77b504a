-- Every function of the standard libraries exists.
local expected = {
  string = "byte char dump find format gfind gmatch gsub len lower match rep reverse sub upper",
  table = "concat foreach foreachi getn insert maxn remove setn sort",
  math = "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min mod modf pi pow rad random randomseed sin sinh sqrt tan tanh",
  io = "close flush input lines open output popen read stderr stdin stdout tmpfile type write",
  os = "clock date difftime execute exit getenv remove rename setlocale time tmpname",
  coroutine = "create resume running status wrap yield",
  debug = "debug getfenv gethook getinfo getlocal getmetatable getregistry getupvalue setfenv sethook setlocal setmetatable setupvalue traceback",
  package = "config cpath loaded loaders loadlib path preload seeall",
}
local total = 0
for lib, names in pairs(expected) do
  for name in names:gmatch("%S+") do
    total = total + 1
    if _G[lib][name] == nil then print("missing", lib .. "." .. name) end
  end
  if package.loaded[lib] ~= _G[lib] then print("not loaded", lib) end
end
print(total, package.loaded._G == _G)
for _, name in ipairs{"close", "flush", "lines", "read", "seek", "setvbuf", "write"} do
  if type(io.stdout[name]) ~= "function" then print("missing", "file:" .. name) end
end
print(type(math.pi), type(math.huge), type(package.path), type(package.cpath), type(package.config), #package.loaders)
--! out: 108	true
--! out: number	number	string	string	string	4
