-- Calls nested as deeply as PUC Lua allows, which leaves them one register each.
local function id(...) return ... end
local function add(n, ...) return n + select('#', ...), ... end
local o = { m = function(self, ...) return self, ... end }
local env = { select = select, id = id, add = add, o = o, t = { f = id } }
local function run(src) local f, e = loadstring(src, "=n") if not f then return e end setfenv(f, env) return pcall(f) end
local rep = string.rep
print(run("return " .. rep("id(", 190) .. "1, 2, 3" .. rep(")", 190)))
print(run("return " .. rep("t.f(", 190) .. "nil, 2, nil" .. rep(")", 190)))
print(select('#', run("return " .. rep("add(1, ", 80) .. "7" .. rep(")", 80))))
print(select('#', run("return " .. rep("o:m(", 120) .. "7" .. rep(")", 120))))
print(run("local a = " .. rep("id(", 190) .. "1, 2, 3" .. rep(")", 190) .. " return a"))
print(run("return (" .. rep("id(", 190) .. "x.y" .. rep(")", 190) .. ")"))
print(run("return " .. rep("id(", 100) .. "zip(1)" .. rep(")", 100)))
print(run("local s = 0 for i = 1, 300 do s = s + " .. rep("id(", 150) .. "i, 2, 3" .. rep(")", 150) .. " end return s"))
print(run("local s = 0 for i = 1, 300 do s = s + select('#', " .. rep("id(", 150) .. "i, 2, 3" .. rep(")", 150) .. ") end return s"))
-- One level more than there are, of each kind.
for _, kind in ipairs { { "id(", ")" }, { "{", "}" }, { "(", ")" }, { "- ", "" }, { "t[", "]" },
    { "function() return ", " end" }, { "1 .. ", "" } } do
  local function nested(n) return loadstring("return " .. rep(kind[1], n) .. "1" .. rep(kind[2], n), "=n") end
  local n = 60
  while nested(n) do n = n + 1 end
  print(kind[1], n, select(2, nested(n)))
end
--! out: true	1	2	3
--! out: true	nil	2	nil
--! out: 82
--! out: 122
--! out: true	1
--! out: false	n:1: attempt to index global 'x' (a nil value)
--! out: false	n:1: attempt to call global 'zip' (a nil value)
--! out: true	45150
--! out: true	900
--! out: id(	197	n:1: chunk has too many syntax levels
--! out: {	197	n:1: chunk has too many syntax levels
--! out: (	197	n:1: chunk has too many syntax levels
--! out: - 	197	n:1: chunk has too many syntax levels
--! out: t[	197	n:1: chunk has too many syntax levels
--! out: function() return 	99	n:1: chunk has too many syntax levels
--! out: 1 .. 	197	n:1: chunk has too many syntax levels
