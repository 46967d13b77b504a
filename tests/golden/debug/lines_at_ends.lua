-- Line hooks where blocks, conditions and constructors end or begin.
local function trace(src)
  local lines, f = {}, assert(loadstring(src, "=traced"))
  debug.sethook(function(_, line)
    if debug.getinfo(2, "S").short_src == "traced" then
      lines[#lines + 1] = line
    end
  end, "l")
  f(type)
  debug.sethook()
  local active = {}
  for line in pairs(debug.getinfo(f, "L").activelines) do
    active[#active + 1] = line
  end
  table.sort(active)
  print(table.concat(lines, " "), table.concat(active, " "))
end
-- Objects begin where their first brace follows.
trace "local x = {\n a = 1,\n b = 2\n}\nreturn x"
trace "local f = ... f\n{\n a = f, b = 2,\n 3, 4\n}\nreturn f"
-- A value that jumps, at the end of a loop.
trace "local x, n = 1, 0 while n < 2 do n = n + 1 x = {} or\n 1 end"
trace "local x, n = 1, 0 while n < 2 do n = n + 1 do x = n == x\n end end"
trace "local x if ... then x = 1 == ...\n else end\n return x"
-- Loops within loops that end together.
trace "local n = 0 while n < 2 do n = n + 1 repeat until {} do\n end end"
trace "local n = 0 while n < 2 do n = n + 1 repeat\n if n then break end until {}\n end"
-- What a condition skips.
trace "for i = 1, 2 do if\n false then break end\n end"
trace "for i = 1, 2 do while nil do end if\n 1 then break end\n end"
trace "repeat if ... then if not ... then break\n end elseif 2 then end until ...\n"
trace "local n = 0\nwhile true do\n n = n + 1\n if n > 2 then break end\nend"
--! out: 1 2 3 5	1 2 3 5
--! out: 1 3 4 5 2 6	1 2 3 4 5 6
--! out: 1 2 1 2 1 2	1 2
--! out: 1 2 1 2 1 2	1 2
--! out: 1 3	1 3
--! out: 1 2 1 2 1 2	1 2
--! out: 1 2 1 2 1 3	1 2 3
--! out: 1 2 1 2 1 3	1 2 3
--! out: 1 1 3	1 2 3
--! out: 1 2	1 2
--! out: 1 3 4 3 4 3 4 5	1 3 4 5
