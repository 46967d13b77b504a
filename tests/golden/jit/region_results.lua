-- A branch of a region that leaves where a library function has given another number of results: they lie where the loop's variables
-- would be restored.

local function show(v)
  if type(v) == "number" then
    return string.format("%.17g", v)
  end
  return tostring(v)
end

local function elements(t)
  local at = 0
  return function()
    at = at + 1
    return t[at], at
  end
end

local list, last, text = { 16, 20, 16, 13, 1e16, 7 }, 0, ""

local function run()
  for i = 1, 38, 0.5 do
    for v, at in elements(list) do
      if at > 12 then
        break
      end
      last = v
    end
    for _ in ipairs({ unpack(list, 1, 12) }) do
      local ok, result = pcall(function()
        return last - last % 1
      end)
      text = show(ok) .. show(result):sub(-30)
      local sum = 0
      for at = 1, #text do
        sum = (sum * 31 + text:byte(at)) % 65521
        if text:sub(at, at) == "1" then
          sum = sum + 1
        end
      end
      last = sum
    end
  end
  return text, last
end

for _ = 1, 3 do
  print(pcall(run))
end
--! out: true	true21376	11001
--! out: true	true21376	11001
--! out: true	true21376	11001
