-- An uncaught error value that is no string.
io.write("partial line")
print()
error({code = 2})
--! out: partial line
--! err: (error object is not a string)
--! exit: 1
