-- The script's own arguments: the global table `arg` and the main chunk's `...`.
print(#arg, arg[0], arg[1], arg[2], arg[3], arg[4])
print(select("#", ...), ...)
local a, b = ...
print(a, b, type(b))
print(type(arg[-1]))
--! out: 3	script_arguments.lua	one	2	three=3	nil
--! out: 3	one	2	three=3
--! out: one	2	string
--! out: string
--! args: one 2 three=3
