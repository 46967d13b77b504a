-- The compiler's limits: 200 locals in a function, 60 upvalues; big chunks below them compile.
local function names(prefix, n)
  local t = {}
  for i = 1, n do t[i] = prefix .. i end
  return t
end
local function locals(n)
  local t = {}
  for i = 1, n do t[i] = "local a" .. i .. " = " .. i end
  t[#t + 1] = "return a1 + a" .. n
  return table.concat(t, "\n")
end
print(loadstring(locals(200), "=locals")())
print(loadstring(locals(201), "=locals"))
local function upvalues(n)
  local all = names("u", n)
  return "local " .. table.concat(all, ",") .. "\n" ..
    "return function()\n return " .. table.concat(all, " or ") .. "\nend"
end
print(type(loadstring(upvalues(60), "=upvalues")))
print(loadstring(upvalues(61), "=upvalues"))
-- many constants, many list items, long chains of operators
local sum = {}
for i = 1, 1000 do sum[i] = tostring(i + 0.5) end
print(loadstring("return " .. table.concat(sum, "+"))())
print(#loadstring("return {" .. table.concat(sum, ",") .. "}")())
local fields = {}
for i = 1, 600 do fields[i] = "k" .. i .. "=" .. i end
local t = loadstring("return {" .. table.concat(fields, ",") .. "}")()
print(t.k1, t.k300, t.k600, t.k601)
print(#loadstring("return " .. ("'ab'.."):rep(150) .. "'c'")())
print(loadstring("return " .. ("("):rep(100) .. "1" .. (")"):rep(100))())
local blocks = ("do "):rep(150) .. "x = 1 " .. ("end "):rep(150)
print(type(loadstring(blocks)))
local long = {}
for i = 1, 3000 do long[i] = "x = x + " .. i end
x = 0
loadstring(table.concat(long, "\n"))()
print(x)
-- Nesting counts from the depth of calls at which a script loads code.
local function nested(open, close, n) return loadstring("x = " .. open:rep(n) .. "1" .. close:rep(n), "=nested") end
for _, n in ipairs { 195, 196, 197, 198 } do
  local parentheses, message = nested("(", ")", n)
  print(n, parentheses ~= nil, message, nested("{", "}", n) ~= nil, nested("-", "", n) ~= nil, nested("a..", "", n) ~= nil)
end
local targets = names("t", 198)
print(loadstring(table.concat(targets, ",") .. " = 1", "=targets") ~= nil)
print(loadstring(table.concat(targets, ",") .. ", u = 1", "=targets"))
--! out: 201
--! out: nil	locals:201: main function has more than 200 local variables
--! out: function
--! out: nil	upvalues:4: function at line 2 has more than 60 upvalues
--! out: 501000
--! out: 1000
--! out: 1	300	600	nil
--! out: 301
--! out: 1
--! out: function
--! out: 4501500
--! out: 195	true	nil	true	false	true
--! out: 196	true	nil	true	false	true
--! out: 197	false	nested:1: chunk has too many syntax levels	false	false	false
--! out: 198	false	nested:1: chunk has too many syntax levels	false	false	false
--! out: true
--! out: nil	targets:1: main function has more than 197 variables in assignment
