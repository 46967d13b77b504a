-- os.exit takes false for failure, and true for success.
local first = 0
while arg[first - 1] do first = first - 1 end
print(os.execute(arg[first] .. " -e 'os.exit(true)'"))
os.exit(false)
--! out: 0
--! exit: 1
--! ours: LuaJIT's extension
