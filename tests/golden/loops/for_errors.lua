-- What a numeric for refuses, and what is special about step zero.
for _, source in ipairs{"for i = nil, 1 do end", "for i = 1, nil do end", "for i = 1, 2, nil do end", "for i = {}, 1 do end",
  "for i = 1, {} do end", "for i = 1, 2, {} do end", "for i = 'a', 1 do end", "for i = 1, 'x' do end", "for i = 1, 2, 'y' do end",
  "for i = true, 1 do end", "for i = 1, print do end", "for i in nil do end", "for i in 5 do end", "for i in {} do end",
  "for i in 'x' do end", "local t = {} for k in t.missing do end", "for k, v in pairs() do end", "for k, v in ipairs(nil) do end",
  "for k, v in next, nil do end", "for k, v in next, {}, 'nokey' do end"} do
  print(select(2, pcall(loadstring(source, "=c"))))
end
-- a step of zero counts down: no iteration while the limit is above, endless when it is not
local n = 0
for i = 1, 0, 0 do n = n + 1 if n == 3 then break end end
print(n)
local ok, message = pcall(function() for i = 1, 2, 0 do n = n + 1 if n >= 3 then error("stop", 0) end end end)
print(ok, message, n)
--! out: c:1: 'for' initial value must be a number
--! out: c:1: 'for' limit must be a number
--! out: c:1: 'for' step must be a number
--! out: c:1: 'for' initial value must be a number
--! out: c:1: 'for' limit must be a number
--! out: c:1: 'for' step must be a number
--! out: c:1: 'for' initial value must be a number
--! out: c:1: 'for' limit must be a number
--! out: c:1: 'for' step must be a number
--! out: c:1: 'for' initial value must be a number
--! out: c:1: 'for' limit must be a number
--! out: c:1: attempt to call a nil value
--! out: c:1: attempt to call a number value
--! out: c:1: attempt to call a table value
--! out: c:1: attempt to call a string value
--! out: c:1: attempt to call a nil value
--! out: c:1: bad argument #1 to 'pairs' (table expected, got no value)
--! out: c:1: bad argument #1 to 'ipairs' (table expected, got nil)
--! out: c:1: bad argument #1 to '(for generator)' (table expected, got nil)
--! out: invalid key to 'next'
--! out: 3
--! out: true	nil	3
