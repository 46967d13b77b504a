-- os.exit ends the program with a code, after writing what was printed.
print("printed")
io.write("and written\n")
pcall(function() os.exit(3) end)
print("never")
--! out: printed
--! out: and written
--! exit: 3
