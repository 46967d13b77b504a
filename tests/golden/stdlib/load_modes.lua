-- The mode and the environment that LuaJIT's loading functions take.
local source, binary = "return x", string.dump(function() return x end)
for _, mode in ipairs{"t", "b", "bt", "tb", ""} do
  print(mode, load(source, "=s", mode) ~= nil, load(binary, "=b", mode) ~= nil, loadstring(source, "=s", mode) ~= nil)
end
print(load(source, "=s", "b"))
print(load(binary, "=b", "t"))
print(load(source, nil, nil, { x = 1 })(), loadstring(binary, nil, nil, { x = 2 })(), load(source, nil, "t", nil)())
local pieces = { "return ", "x" }
print(load(function() return table.remove(pieces, 1) end, "=p", "t", { x = 3 })())
local name = os.tmpname()
local f = io.open(name, "w")
f:write(source)
f:close()
print(loadfile(name, "t", { x = 4 })(), (loadfile(name, "b")))
os.remove(name)
print(pcall(load, source, "=s", {}))
--! out: t	true	false	true
--! out: b	false	true	false
--! out: bt	true	true	true
--! out: tb	true	true	true
--! out: 	false	false	false
--! out: nil	attempt to load a text chunk
--! out: nil	attempt to load a binary chunk
--! out: 1	2	nil
--! out: 3
--! out: 4	nil
--! out: false	bad argument #3 to '?' (string expected, got table)
--! ours: LuaJIT's extension
