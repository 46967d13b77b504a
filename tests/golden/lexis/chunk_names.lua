-- How a chunk's name becomes the start of a message.
local function message(source, name)
  local f, m = loadstring(source, name)
  if f then
    local ok
    ok, m = pcall(f)
  end
  return m
end
print(message("error('x')", "=exact"))
print(message("error('x')", "@file.lua"))
print(message("error('x')", "text"))
print(message("error('x')"))
print(message("error(\n'x')\n-- more"))
print(message("\nerror('x')", "first line\nsecond line"))
print(message("error('x')", "=" .. ("n"):rep(100)))
print(message("error('x')", "@" .. ("p"):rep(100) .. ".lua"))
print(message("error('x')", ("t"):rep(100)))
print(message("error('a string that is rather long, so that its name has to be cut somewhere in the middle of it')"))
print(message("x ="))
print(message("x =", "@file.lua"))
print(message("x =\n\n\n", "=name"))
print(message("local t = nil\n\nt.x = 1", "=name"))
print(message("", ""))
print(message("error('x')", ""))
--! out: exact:1: x
--! out: file.lua:1: x
--! out: [string "text"]:1: x
--! out: [string "error('x')"]:1: x
--! out: [string "error(..."]:1: x
--! out: [string "first line..."]:2: x
--! out: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn:1: x
--! out: ...pppppppppppppppppppppppppppppppppppppppppppppppp.lua:1: x
--! out: [string "ttttttttttttttttttttttttttttttttttttttttttt..."]:1: x
--! out: [string "error('a string that is rather long, so tha..."]:1: a string that is rather long, so that its name has to be cut somewhere in the middle of it
--! out: [string "x ="]:1: unexpected symbol near '<eof>'
--! out: file.lua:1: unexpected symbol near '<eof>'
--! out: name:4: unexpected symbol near '<eof>'
--! out: name:3: attempt to index local 't' (a nil value)
--! out: nil
--! out: [string ""]:1: x
