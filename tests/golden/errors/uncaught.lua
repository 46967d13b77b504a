-- An error that nobody catches: message and traceback on standard error, exit code 1.
print("before")
local function fail(x)
  local y = x.field
  return y
end
local function middle() fail(nil) print("never") end
middle()
print("never")
--! out: before
--! err: uncaught.lua:4: attempt to index local 'x' (a nil value)
--! err: stack traceback:
--! err: 	uncaught.lua:4: in function 'fail'
--! err: 	uncaught.lua:7: in function 'middle'
--! err: 	uncaught.lua:8: in main chunk
--! exit: 1
