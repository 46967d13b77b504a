-- The parts of os that are the same everywhere: dates in UTC, time, tmpname, remove, rename, getenv.
print(os.date("!%Y-%m-%d %H:%M:%S", 0), os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.date("!%j %w %y", 1e9))
print(os.date("!%A %a %B %b %d %p %I %M %%", 1234567890), os.date("!%c", 0), os.date("!%x %X", 0))
local t = os.date("!*t", 1234567890)
print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst)
local now = os.time()
print(type(now), now > 1e9, now == math.floor(now))
local d = {year = 2020, month = 2, day = 29, hour = 12, min = 30, sec = 15}
local s = os.time(d)
print(os.date("%Y-%m-%d %H:%M:%S", s))
print(os.date("%Y-%m-%d", os.time{year = 2021, month = 14, day = 1}), os.date("%m/%d", os.time{year = 2021, month = 3, day = 0}))
print(os.time{year = 2020, month = 1, day = 2} - os.time{year = 2020, month = 1, day = 1}, os.difftime(s + 10, s))
local back = os.date("*t", s)
print(back.year, back.month, back.day, back.hour, back.min, back.sec)
print(pcall(os.time, {year = 2020}))
print(pcall(os.time, {year = 2020, month = 1, day = "x"}))
print(type(os.clock()), os.clock() >= 0, type(os.date()), #os.date("%H:%M") == 5)
print(os.getenv("SURELY_NOT_SET_ANYWHERE"), type(os.getenv("PATH")))
local name = os.tmpname()
print(type(name), #name > 0)
local f = io.open(name, "w")
f:write("content")
f:close()
print(os.rename(name, name .. ".renamed"), (io.open(name)))
print(os.remove(name .. ".renamed"))
local ok, message, code = os.remove(name .. ".renamed")
print(ok, (message:gsub("^.*: ", "")), code)
ok, message, code = os.rename(name .. ".no", name .. ".way")
print(ok, (message:gsub("^.*: ", "")), code)
print(os.setlocale("C"), os.setlocale(nil, "numeric"), os.setlocale("no_such_locale"))
print(os.execute() ~= 0, os.execute("exit 0"), os.execute("true"))
--! out: 1970-01-01 00:00:00	1971-01-01 00:00:00	252 0 01
--! out: Friday Fri February Feb 13 PM 11 31 %	Thu Jan  1 00:00:00 1970	01/01/70 00:00:00
--! out: 2009	2	13	23	31	30	6	44	false
--! out: number	true	true
--! out: 2020-02-29 12:30:15
--! out: 2022-02-01	02/28
--! out: 86400	10
--! out: 2020	2	29	12	30	15
--! out: false	field 'day' missing in date table
--! out: false	field 'day' missing in date table
--! out: number	true	string	true
--! out: nil	string
--! out: string	true
--! out: true	nil
--! out: true
--! out: nil	No such file or directory	2
--! out: nil	No such file or directory	2
--! out: C	C	nil
--! out: true	0	0
