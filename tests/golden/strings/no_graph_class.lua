-- `%g` names no class in Lua 5.1: it is the letter.
print(("bag"):find("%g"), ("a!b"):find("%g"), ("GG"):gsub("%G", "x"))
--! out: 3	nil	xx	2
