-- What has called the main chunk is the lowest level: a function of the host's, of which little is known.
local info = debug.getinfo(2, "Slnuf")
print(info.what, info.short_src, info.currentline, info.name, info.nups, type(info.func))
print(debug.getinfo(3))
print(getfenv(2) == _G, pcall(setfenv, 3, {}))
--! out: C	[C]	-1	nil	0	function
--! out: nil
--! out: true	false	'setfenv' cannot change environment of given object
