-- A file that does not parse runs nothing at all.
print("never")
local x = = 1
--! err: syntax_error_file.lua:3: unexpected symbol near '='
--! exit: 1
