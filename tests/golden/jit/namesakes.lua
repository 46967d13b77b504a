-- Library functions that share a name with another library's function: native code takes neither for the other.
local kind, file
for _ = 1, 300 do
  kind, file = io.type("text"), io.type(io.stdin)
end
print(kind, file)
local set
for _ = 1, 300 do
  set = debug.setmetatable({}, {})
end
print(set)
local own
for _ = 1, 300 do
  own = debug.getmetatable(setmetatable({}, {__metatable = "locked"}))
end
print(type(own), own.__metatable)
local removed
for _ = 1, 300 do
  removed = select("#", os.remove("/no such file"))
end
print(removed)
--! out: nil	file
--! out: true
--! out: table	locked
--! out: 3
