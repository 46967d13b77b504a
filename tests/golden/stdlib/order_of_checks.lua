-- Where several arguments are wrong, the message is about the one that PUC Lua checks first.
for _, f in ipairs{ math.pow, math.fmod, math.mod, math.atan2, math.ldexp } do
  print(pcall(f), (select(2, pcall(f, "x", "y"))))
  print((select(2, pcall(f, "x", 1))), (select(2, pcall(f, 1, {}))))
end
print(pcall(os.difftime, "x", "y"))
print(pcall(os.difftime, "x"))
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: bad argument #1 to '?' (number expected, got string)	bad argument #2 to '?' (number expected, got table)
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: bad argument #1 to '?' (number expected, got string)	bad argument #2 to '?' (number expected, got table)
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: bad argument #1 to '?' (number expected, got string)	bad argument #2 to '?' (number expected, got table)
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: bad argument #1 to '?' (number expected, got string)	bad argument #2 to '?' (number expected, got table)
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: bad argument #1 to '?' (number expected, got string)	bad argument #2 to '?' (number expected, got table)
--! out: false	bad argument #2 to '?' (number expected, got string)
--! out: false	bad argument #1 to '?' (number expected, got string)
