-- "bad argument" messages: names of functions and methods, counts, expected and actual types.
local function try(source)
  local ok, m = pcall(assert(loadstring(source, "=c")))
  print(source, "|", m)
end
try "string.rep()"            try "string.rep('x')"          try "string.rep('x', 'y')"    try "string.rep({}, 1)"
try "('x'):rep()"             try "('x'):rep({})"            try "local r = string.rep r()" try "string.sub()"
try "string.char(256)"        try "string.char(-1)"          try "string.char('a')"        try "string.byte()"
try "string.format()"         try "string.format('%d')"      try "string.format('%d', 'x')" try "string.format('%y', 1)"
try "string.format('%s')"     try "string.format('%', 1)"    try "string.format('%123d', 1)" try "string.format('%5.123f', 1)"
try "string.find('a')"        try "string.find(nil, 'a')"    try "string.gsub('a', 'a')"   try "string.gsub('a', 'a', true)"
try "string.gsub('a', 'b', 'c', 'd')" try "string.upper()"   try "string.len({})"          try "string.gmatch('a')"
try "table.concat()"          try "table.concat(1)"          try "table.concat({{}})"      try "table.concat({1, 2, nil, 4}, ',', 1, 4)"
try "table.concat({}, {})"    try "table.insert()"           try "table.insert({})"        try "table.insert({}, 1, 2, 3)"
try "table.insert(nil, 1)"    try "table.insert({}, 'a', 2)" try "table.remove()"          try "table.remove({}, 'x')"
try "table.sort()"            try "table.sort({}, 5)"       try "unpack()"
try "unpack({}, 'a')"         try "unpack({}, 1, 1e8)"       try "math.floor()"            try "math.floor('a')"
try "math.floor({})"          try "math.max()"               try "math.max(1, {})"         try "math.random(0)"
try "math.random(2, 1)"       try "math.random(1, 2, 3)"     try "math.pow(1)"             try "math.ldexp(1)"
try "setmetatable()"          try "setmetatable(1)"          try "setmetatable({})"        try "getmetatable()"
try "rawget()"                try "rawget(1, 2)"             try "rawset({}, 1)"           try "rawequal(1)"
try "next()"                  try "ipairs()"                 try "pairs(nil)"              try "tostring()"
try "tonumber()"              try "type()"                   try "select()"                try "select('x')"
try "select(-1)"              try "assert()"                 try "error()"                 try "loadstring()"
try "load()"                  try "load(5)"                  try "setfenv()"               try "setfenv(1, 2)"
try "setfenv(print, {})"      try "getfenv(-1)"              try "getfenv(100)"            try "collectgarbage('x')"
try "coroutine.create()"      try "coroutine.create(1)"      try "coroutine.resume()"      try "coroutine.status({})"
try "coroutine.wrap()"        try "os.time(5)"               try "os.time{}"
try "io.open()"               try "io.open('x', 5)"          try "io.lines('/no/such/file')" try "io.close(5)"
try "os.remove()"             try "string.dump(print)"       try "string.dump()"           
try "debug.getinfo(1, 'X')"   try "debug.setmetatable(1, 2)" try "xpcall()"                try "io.stdout.write()"
try "io.stdout:seek('bad')"   try "require()"                try "local t = {} t.f = string.rep t.f()" try "local t = {} t.f = string.rep t:f()"
try "local t = {f = table.concat} t.f(5)" try "glob = string.upper glob({})" try "('x'):bad()" try "local s = 'x' s:rep(1, 2, 3):rep()"
--! out: string.rep()	|	c:1: bad argument #1 to 'rep' (string expected, got no value)
--! out: string.rep('x')	|	c:1: bad argument #2 to 'rep' (number expected, got no value)
--! out: string.rep('x', 'y')	|	c:1: bad argument #2 to 'rep' (number expected, got string)
--! out: string.rep({}, 1)	|	c:1: bad argument #1 to 'rep' (string expected, got table)
--! out: ('x'):rep()	|	c:1: bad argument #1 to 'rep' (number expected, got no value)
--! out: ('x'):rep({})	|	c:1: bad argument #1 to 'rep' (number expected, got table)
--! out: local r = string.rep r()	|	c:1: bad argument #1 to 'r' (string expected, got no value)
--! out: string.sub()	|	c:1: bad argument #1 to 'sub' (string expected, got no value)
--! out: string.char(256)	|	c:1: bad argument #1 to 'char' (invalid value)
--! out: string.char(-1)	|	c:1: bad argument #1 to 'char' (invalid value)
--! out: string.char('a')	|	c:1: bad argument #1 to 'char' (number expected, got string)
--! out: string.byte()	|	c:1: bad argument #1 to 'byte' (string expected, got no value)
--! out: string.format()	|	c:1: bad argument #1 to 'format' (string expected, got no value)
--! out: string.format('%d')	|	c:1: bad argument #2 to 'format' (no value)
--! out: string.format('%d', 'x')	|	c:1: bad argument #2 to 'format' (number expected, got string)
--! out: string.format('%y', 1)	|	c:1: invalid option '%y' to 'format'
--! out: string.format('%s')	|	c:1: bad argument #2 to 'format' (no value)
--! out: string.format('%', 1)	|	c:1: invalid option '%' to 'format'
--! out: string.format('%123d', 1)	|	c:1: invalid format (width or precision too long)
--! out: string.format('%5.123f', 1)	|	c:1: invalid format (width or precision too long)
--! out: string.find('a')	|	c:1: bad argument #2 to 'find' (string expected, got no value)
--! out: string.find(nil, 'a')	|	c:1: bad argument #1 to 'find' (string expected, got nil)
--! out: string.gsub('a', 'a')	|	c:1: bad argument #3 to 'gsub' (string/function/table expected)
--! out: string.gsub('a', 'a', true)	|	c:1: bad argument #3 to 'gsub' (string/function/table expected)
--! out: string.gsub('a', 'b', 'c', 'd')	|	c:1: bad argument #4 to 'gsub' (number expected, got string)
--! out: string.upper()	|	c:1: bad argument #1 to 'upper' (string expected, got no value)
--! out: string.len({})	|	c:1: bad argument #1 to 'len' (string expected, got table)
--! out: string.gmatch('a')	|	c:1: bad argument #2 to 'gmatch' (string expected, got no value)
--! out: table.concat()	|	c:1: bad argument #1 to 'concat' (table expected, got no value)
--! out: table.concat(1)	|	c:1: bad argument #1 to 'concat' (table expected, got number)
--! out: table.concat({{}})	|	c:1: invalid value (table) at index 1 in table for 'concat'
--! out: table.concat({1, 2, nil, 4}, ',', 1, 4)	|	c:1: invalid value (nil) at index 3 in table for 'concat'
--! out: table.concat({}, {})	|	c:1: bad argument #2 to 'concat' (string expected, got table)
--! out: table.insert()	|	c:1: bad argument #1 to 'insert' (table expected, got no value)
--! out: table.insert({})	|	c:1: wrong number of arguments to 'insert'
--! out: table.insert({}, 1, 2, 3)	|	c:1: wrong number of arguments to 'insert'
--! out: table.insert(nil, 1)	|	c:1: bad argument #1 to 'insert' (table expected, got nil)
--! out: table.insert({}, 'a', 2)	|	c:1: bad argument #2 to 'insert' (number expected, got string)
--! out: table.remove()	|	c:1: bad argument #1 to 'remove' (table expected, got no value)
--! out: table.remove({}, 'x')	|	c:1: bad argument #2 to 'remove' (number expected, got string)
--! out: table.sort()	|	c:1: bad argument #1 to 'sort' (table expected, got no value)
--! out: table.sort({}, 5)	|	c:1: bad argument #2 to 'sort' (function expected, got number)
--! out: unpack()	|	c:1: bad argument #1 to 'unpack' (table expected, got no value)
--! out: unpack({}, 'a')	|	c:1: bad argument #2 to 'unpack' (number expected, got string)
--! out: unpack({}, 1, 1e8)	|	c:1: too many results to unpack
--! out: math.floor()	|	c:1: bad argument #1 to 'floor' (number expected, got no value)
--! out: math.floor('a')	|	c:1: bad argument #1 to 'floor' (number expected, got string)
--! out: math.floor({})	|	c:1: bad argument #1 to 'floor' (number expected, got table)
--! out: math.max()	|	c:1: bad argument #1 to 'max' (number expected, got no value)
--! out: math.max(1, {})	|	c:1: bad argument #2 to 'max' (number expected, got table)
--! out: math.random(0)	|	c:1: bad argument #1 to 'random' (interval is empty)
--! out: math.random(2, 1)	|	c:1: bad argument #2 to 'random' (interval is empty)
--! out: math.random(1, 2, 3)	|	c:1: wrong number of arguments
--! out: math.pow(1)	|	c:1: bad argument #2 to 'pow' (number expected, got no value)
--! out: math.ldexp(1)	|	c:1: bad argument #2 to 'ldexp' (number expected, got no value)
--! out: setmetatable()	|	c:1: bad argument #1 to 'setmetatable' (table expected, got no value)
--! out: setmetatable(1)	|	c:1: bad argument #1 to 'setmetatable' (table expected, got number)
--! out: setmetatable({})	|	c:1: bad argument #2 to 'setmetatable' (nil or table expected)
--! out: getmetatable()	|	c:1: bad argument #1 to 'getmetatable' (value expected)
--! out: rawget()	|	c:1: bad argument #1 to 'rawget' (table expected, got no value)
--! out: rawget(1, 2)	|	c:1: bad argument #1 to 'rawget' (table expected, got number)
--! out: rawset({}, 1)	|	c:1: bad argument #3 to 'rawset' (value expected)
--! out: rawequal(1)	|	c:1: bad argument #2 to 'rawequal' (value expected)
--! out: next()	|	c:1: bad argument #1 to 'next' (table expected, got no value)
--! out: ipairs()	|	c:1: bad argument #1 to 'ipairs' (table expected, got no value)
--! out: pairs(nil)	|	c:1: bad argument #1 to 'pairs' (table expected, got nil)
--! out: tostring()	|	c:1: bad argument #1 to 'tostring' (value expected)
--! out: tonumber()	|	c:1: bad argument #1 to 'tonumber' (value expected)
--! out: type()	|	c:1: bad argument #1 to 'type' (value expected)
--! out: select()	|	c:1: bad argument #1 to 'select' (number expected, got no value)
--! out: select('x')	|	c:1: bad argument #1 to 'select' (number expected, got string)
--! out: select(-1)	|	c:1: bad argument #1 to 'select' (index out of range)
--! out: assert()	|	c:1: bad argument #1 to 'assert' (value expected)
--! out: error()	|	nil
--! out: loadstring()	|	c:1: bad argument #1 to 'loadstring' (string expected, got no value)
--! out: load()	|	c:1: bad argument #1 to 'load' (function expected, got no value)
--! out: load(5)	|	c:1: bad argument #1 to 'load' (function expected, got number)
--! out: setfenv()	|	c:1: bad argument #2 to 'setfenv' (table expected, got no value)
--! out: setfenv(1, 2)	|	c:1: bad argument #2 to 'setfenv' (table expected, got number)
--! out: setfenv(print, {})	|	c:1: 'setfenv' cannot change environment of given object
--! out: getfenv(-1)	|	c:1: bad argument #1 to 'getfenv' (level must be non-negative)
--! out: getfenv(100)	|	c:1: bad argument #1 to 'getfenv' (invalid level)
--! out: collectgarbage('x')	|	c:1: bad argument #1 to 'collectgarbage' (invalid option 'x')
--! out: coroutine.create()	|	c:1: bad argument #1 to 'create' (Lua function expected)
--! out: coroutine.create(1)	|	c:1: bad argument #1 to 'create' (Lua function expected)
--! out: coroutine.resume()	|	c:1: bad argument #1 to 'resume' (coroutine expected)
--! out: coroutine.status({})	|	c:1: bad argument #1 to 'status' (coroutine expected)
--! out: coroutine.wrap()	|	c:1: bad argument #1 to 'wrap' (Lua function expected)
--! out: os.time(5)	|	c:1: bad argument #1 to 'time' (table expected, got number)
--! out: os.time{}	|	c:1: field 'day' missing in date table
--! out: io.open()	|	c:1: bad argument #1 to 'open' (string expected, got no value)
--! out: io.open('x', 5)	|	nil
--! out: io.lines('/no/such/file')	|	c:1: bad argument #1 to 'lines' (/no/such/file: No such file or directory)
--! out: io.close(5)	|	c:1: bad argument #1 to 'close' (FILE* expected, got number)
--! out: os.remove()	|	c:1: bad argument #1 to 'remove' (string expected, got no value)
--! out: string.dump(print)	|	c:1: unable to dump given function
--! out: string.dump()	|	c:1: bad argument #1 to 'dump' (function expected, got no value)
--! out: debug.getinfo(1, 'X')	|	c:1: bad argument #2 to 'getinfo' (invalid option)
--! out: debug.setmetatable(1, 2)	|	c:1: bad argument #2 to 'setmetatable' (nil or table expected)
--! out: xpcall()	|	c:1: bad argument #2 to 'xpcall' (value expected)
--! out: io.stdout.write()	|	c:1: bad argument #1 to 'write' (FILE* expected, got no value)
--! out: io.stdout:seek('bad')	|	c:1: bad argument #1 to 'seek' (invalid option 'bad')
--! out: require()	|	c:1: bad argument #1 to 'require' (string expected, got no value)
--! out: local t = {} t.f = string.rep t.f()	|	c:1: bad argument #1 to 'f' (string expected, got no value)
--! out: local t = {} t.f = string.rep t:f()	|	c:1: calling 'f' on bad self (string expected, got table)
--! out: local t = {f = table.concat} t.f(5)	|	c:1: bad argument #1 to 'f' (table expected, got number)
--! out: glob = string.upper glob({})	|	c:1: bad argument #1 to 'glob' (string expected, got table)
--! out: ('x'):bad()	|	c:1: attempt to call method 'bad' (a nil value)
--! out: local s = 'x' s:rep(1, 2, 3):rep()	|	c:1: bad argument #1 to 'rep' (number expected, got no value)
