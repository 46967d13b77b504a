-- Globals, library functions and environments that change while a hot loop uses them.
g = 1
local s = 0
for i = 1, 100 do if i == 50 then g = 10 end s = s + g end
print(s)
function gf(x) return x end
s = 0
for i = 1, 100 do if i == 40 then function gf(x) return x * 100 end end s = s + gf(1) end
print(s)
local floor = math.floor
s = 0
for i = 1, 100 do if i == 60 then math.floor = function(x) return -1 end end s = s + math.floor(i + 0.5) end
math.floor = floor
print(s)
s = 0
for i = 1, 100 do if i == 30 then newglobal = 5 end s = s + (newglobal or 1) end
print(s)
s = 0
for i = 1, 100 do if i == 80 then newglobal = nil end s = s + (newglobal or 1) end
print(s)
local t = 0
for i = 1, 100 do if i == 70 then setmetatable(_G, {__index = function() return 3 end}) end t = t + (undefined_name or 1) end
setmetatable(_G, nil)
print(t)
counter = 0
local function bump() counter = counter + 1 end
for i = 1, 200 do bump() end
print(counter)
local function reads() local r = 0 for i = 1, 50 do r = r + value end return r end
value = 1
print(reads())
setfenv(reads, {value = 2})
print(reads())
setfenv(reads, setmetatable({}, {__index = function() return 4 end}))
print(reads())
local real = print
local calls = 0
for i = 1, 60 do if i == 30 then print = function() calls = calls + 1 end end if i > 55 then print(i) end end
print = real
print(calls)
math.custom = function(x) return x * 2 end
s = 0
for i = 1, 60 do s = s + math.custom(i) if i == 30 then math.custom = nil math.custom = function(x) return 0 end end end
print(s, math.custom(1))
lib = {k = 1}
s = 0
for i = 1, 90 do if i == 30 then lib = {k = 2} elseif i == 60 then lib.k = 3 end s = s + lib.k end
print(s)
string.twice = function(x) return x .. x end
local len = 0
for i = 1, 60 do len = len + #("ab"):twice() if i == 40 then string.twice = function(x) return x end end end
string.twice = nil
print(len)
--! out: 559
--! out: 6139
--! out: 1729
--! out: 384
--! out: 416
--! out: 162
--! out: 200
--! out: 50
--! out: 100
--! out: 200
--! out: 5
--! out: 930	0
--! out: 182
--! out: 200
--! jit: min-native-loops 1
