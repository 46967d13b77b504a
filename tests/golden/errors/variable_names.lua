-- Messages name the variable as PUC does: global, local, upvalue, field, method, constant keys, none.
local function try(source)
  local f = assert(loadstring(source, "=c"))
  local ok, m = pcall(f)
  print(source, "|", m)
end
try "x = nil + 1"            try "x = y + 1"               try "x = 1 + y"             try "local a; x = a + 1"
try "local a; x = 1 + a"     try "local a = {}; x = a.b + 1"  try "local a = {}; x = a.b.c"  try "local a = {b = {}}; x = a.b.c.d"
try "local a = {}; x = a[1] + 1" try "local a, i = {}, 2; x = a[i] + 1" try "local a = {}; x = a['k k'] + 1" try "local a; local f = function() return a + 1 end; f()"
try "local a; local f = function() return a.b end; f()" try "local a = {}; local f = function() a.b.c = 1 end; f()" try "x = ('s') + 1" try "x = {} + {}"
try "x = -{}"                try "x = -y"                  try "local a; x = -a"       try "local t = {} x = -t.f"
try "x = #y"                 try "local a; x = #a"         try "local t = {} x = #t.f" try "x = #5"
try "x = y .. 'a'"           try "x = 'a' .. y"            try "local a x = a .. a"    try "local t = {} x = 'a' .. t.f .. 'b'"
try "x = 1 .. {}"            try "x = nil .. 'a'"          try "y()"                   try "local a a()"
try "local t = {} t.f()"     try "local t = {} t:m()"      try "local t = {} t[1]()"   try "local t, k = {}, 'k' t[k]()"
try "local t = {} t.a.b()"   try "local a local f = function() a() end f()" try "(1)()" try "('s')()"
try "({})()"                 try "(function() end)()()"    try "y.z = 1"               try "y.z.w = 1"
try "local a a.b = 1"        try "local a a[1] = 1"        try "local t = {} t.x.y = 1" try "local t = {} t[1][2] = 1"
try "x = y.z"                try "x = y[1]"                try "x = (1).z"             try "x = (nil)[1]"
try "local t = {} t[nil] = 1" try "x = 1 < 'a'"            try "x = {} < 1"            try "local a x = a < 1"
try "x = nil <= nil"         try "x = {} > {}"             try "x = 2 ^ {}"            try "x = true % 2"
try "x = y + z"              try "local s = 'abc' x = s + 1" try "local s = 'abc' x = 10 + s.len" try "x = 'a' - 'b'"
try "local t = {x = {}} x = t.x + 1" try "local t = {x = true} t.x.y.z = 1" try "string.nofunc()" try "string.rep.x.y()"
try "math.floor.x = 1"
-- names of locals depend on what is live at that point
local function f(param, ...)
  do local inner = 1 end
  local after = nil
  return after.x + param
end
print(pcall(f, 1))
print(pcall(function(a, b) return a.x .. b.x end, {x = "s"}, {}))
print(pcall(function(...) local a, b = ... return a + b end, 1, nil))
print(pcall(function() for i = 1, 2 do local t = i > 1 and nil or {v = 1} x = t.v + t.w end end))
print(pcall(function() local t = {} for k, v in pairs{1} do t.missing.x = v end end))
print(pcall(function() local a = {} return a.b.c(1) end))
print(pcall(function() local a = {} return a:b(1) end))
print(pcall(function() local a = {} return (a.b)(1) end))
local up = {}
print(pcall(function() return up.x.y end))
print(pcall(function() return up:nomethod() end))
print(pcall(function() up = nil; return up.x end))
print(pcall(function() glob = {} ; glob.f.g = 1 end))
--! out: x = nil + 1	|	c:1: attempt to perform arithmetic on a nil value
--! out: x = y + 1	|	c:1: attempt to perform arithmetic on global 'y' (a nil value)
--! out: x = 1 + y	|	c:1: attempt to perform arithmetic on global 'y' (a nil value)
--! out: local a; x = a + 1	|	c:1: attempt to perform arithmetic on local 'a' (a nil value)
--! out: local a; x = 1 + a	|	c:1: attempt to perform arithmetic on local 'a' (a nil value)
--! out: local a = {}; x = a.b + 1	|	c:1: attempt to perform arithmetic on field 'b' (a nil value)
--! out: local a = {}; x = a.b.c	|	c:1: attempt to index field 'b' (a nil value)
--! out: local a = {b = {}}; x = a.b.c.d	|	c:1: attempt to index field 'c' (a nil value)
--! out: local a = {}; x = a[1] + 1	|	c:1: attempt to perform arithmetic on field '?' (a nil value)
--! out: local a, i = {}, 2; x = a[i] + 1	|	c:1: attempt to perform arithmetic on field '?' (a nil value)
--! out: local a = {}; x = a['k k'] + 1	|	c:1: attempt to perform arithmetic on field 'k k' (a nil value)
--! out: local a; local f = function() return a + 1 end; f()	|	c:1: attempt to perform arithmetic on upvalue 'a' (a nil value)
--! out: local a; local f = function() return a.b end; f()	|	c:1: attempt to index upvalue 'a' (a nil value)
--! out: local a = {}; local f = function() a.b.c = 1 end; f()	|	c:1: attempt to index field 'b' (a nil value)
--! out: x = ('s') + 1	|	c:1: attempt to perform arithmetic on a string value
--! out: x = {} + {}	|	c:1: attempt to perform arithmetic on a table value
--! out: x = -{}	|	c:1: attempt to perform arithmetic on a table value
--! out: x = -y	|	c:1: attempt to perform arithmetic on global 'y' (a nil value)
--! out: local a; x = -a	|	c:1: attempt to perform arithmetic on local 'a' (a nil value)
--! out: local t = {} x = -t.f	|	c:1: attempt to perform arithmetic on field 'f' (a nil value)
--! out: x = #y	|	c:1: attempt to get length of global 'y' (a nil value)
--! out: local a; x = #a	|	c:1: attempt to get length of local 'a' (a nil value)
--! out: local t = {} x = #t.f	|	c:1: attempt to get length of field 'f' (a nil value)
--! out: x = #5	|	c:1: attempt to get length of a number value
--! out: x = y .. 'a'	|	c:1: attempt to concatenate global 'y' (a nil value)
--! out: x = 'a' .. y	|	c:1: attempt to concatenate global 'y' (a nil value)
--! out: local a x = a .. a	|	c:1: attempt to concatenate local 'a' (a nil value)
--! out: local t = {} x = 'a' .. t.f .. 'b'	|	c:1: attempt to concatenate field 'f' (a nil value)
--! out: x = 1 .. {}	|	c:1: attempt to concatenate a table value
--! out: x = nil .. 'a'	|	c:1: attempt to concatenate a nil value
--! out: y()	|	c:1: attempt to call global 'y' (a nil value)
--! out: local a a()	|	c:1: attempt to call local 'a' (a nil value)
--! out: local t = {} t.f()	|	c:1: attempt to call field 'f' (a nil value)
--! out: local t = {} t:m()	|	c:1: attempt to call method 'm' (a nil value)
--! out: local t = {} t[1]()	|	c:1: attempt to call field '?' (a nil value)
--! out: local t, k = {}, 'k' t[k]()	|	c:1: attempt to call field '?' (a nil value)
--! out: local t = {} t.a.b()	|	c:1: attempt to index field 'a' (a nil value)
--! out: local a local f = function() a() end f()	|	c:1: attempt to call upvalue 'a' (a nil value)
--! out: (1)()	|	c:1: attempt to call a number value
--! out: ('s')()	|	c:1: attempt to call a string value
--! out: ({})()	|	c:1: attempt to call a table value
--! out: (function() end)()()	|	c:1: attempt to call a nil value
--! out: y.z = 1	|	c:1: attempt to index global 'y' (a nil value)
--! out: y.z.w = 1	|	c:1: attempt to index global 'y' (a nil value)
--! out: local a a.b = 1	|	c:1: attempt to index local 'a' (a nil value)
--! out: local a a[1] = 1	|	c:1: attempt to index local 'a' (a nil value)
--! out: local t = {} t.x.y = 1	|	c:1: attempt to index field 'x' (a nil value)
--! out: local t = {} t[1][2] = 1	|	c:1: attempt to index field '?' (a nil value)
--! out: x = y.z	|	c:1: attempt to index global 'y' (a nil value)
--! out: x = y[1]	|	c:1: attempt to index global 'y' (a nil value)
--! out: x = (1).z	|	c:1: attempt to index a number value
--! out: x = (nil)[1]	|	c:1: attempt to index a nil value
--! out: local t = {} t[nil] = 1	|	c:1: table index is nil
--! out: x = 1 < 'a'	|	c:1: attempt to compare number with string
--! out: x = {} < 1	|	c:1: attempt to compare table with number
--! out: local a x = a < 1	|	c:1: attempt to compare nil with number
--! out: x = nil <= nil	|	c:1: attempt to compare two nil values
--! out: x = {} > {}	|	c:1: attempt to compare two table values
--! out: x = 2 ^ {}	|	c:1: attempt to perform arithmetic on a table value
--! out: x = true % 2	|	c:1: attempt to perform arithmetic on a boolean value
--! out: x = y + z	|	c:1: attempt to perform arithmetic on global 'y' (a nil value)
--! out: local s = 'abc' x = s + 1	|	c:1: attempt to perform arithmetic on local 's' (a string value)
--! out: local s = 'abc' x = 10 + s.len	|	c:1: attempt to perform arithmetic on field 'len' (a function value)
--! out: x = 'a' - 'b'	|	c:1: attempt to perform arithmetic on a string value
--! out: local t = {x = {}} x = t.x + 1	|	c:1: attempt to perform arithmetic on field 'x' (a table value)
--! out: local t = {x = true} t.x.y.z = 1	|	c:1: attempt to index field 'x' (a boolean value)
--! out: string.nofunc()	|	c:1: attempt to call field 'nofunc' (a nil value)
--! out: string.rep.x.y()	|	c:1: attempt to index field 'rep' (a function value)
--! out: math.floor.x = 1	|	c:1: attempt to index field 'floor' (a function value)
--! out: false	variable_names.lua:29: attempt to index local 'after' (a nil value)
--! out: false	variable_names.lua:32: attempt to concatenate field 'x' (a nil value)
--! out: false	variable_names.lua:33: attempt to perform arithmetic on local 'b' (a nil value)
--! out: false	variable_names.lua:34: attempt to perform arithmetic on field 'w' (a nil value)
--! out: false	variable_names.lua:35: attempt to index field 'missing' (a nil value)
--! out: false	variable_names.lua:36: attempt to index field 'b' (a nil value)
--! out: false	variable_names.lua:37: attempt to call method 'b' (a nil value)
--! out: false	variable_names.lua:38: attempt to call field 'b' (a nil value)
--! out: false	variable_names.lua:40: attempt to index field 'x' (a nil value)
--! out: false	variable_names.lua:41: attempt to call method 'nomethod' (a nil value)
--! out: false	variable_names.lua:42: attempt to index upvalue 'up' (a nil value)
--! out: false	variable_names.lua:43: attempt to index field 'f' (a nil value)
