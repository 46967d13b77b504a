-- An iterator of gmatch that fails has not gone on.
local ends = { failed = 0 }
for i = 1, 600 do
  local ok, e = pcall(function()
    local found = {}
    for a, b in string.gmatch("a", i % 7 == 0 and "(a" or i % 7 == 1 and "((" or "%a") do
      found[#found + 1] = tostring(a) .. tostring(b)
      if #found > 20 then break end
    end
    return table.concat(found, ",")
  end)
  if not ok then e = "failed" end
  ends[e] = (ends[e] or 0) + 1
end
print(ends.failed, ends.anil)
--! out: 171	429
