-- Every placing of queens that do not attack one another: recursion that reads and writes arrays.
--! check: 724057605
--! quick: 10 35476650
local size = tonumber((...) or 12)

local columns, rising, falling, placed = {}, {}, {}, {}
local solutions, tries, check = 0, 0, 0

local function place(row)
  if row > size then
    solutions = solutions + 1
    local hash = 0
    for i = 1, size do hash = (hash * 10 + placed[i]) % 99991 end
    check = (check + hash) % 1000000007
    return
  end
  for column = 1, size do
    tries = tries + 1
    local up, down = row + column, row - column + size
    if not (columns[column] or rising[up] or falling[down]) then
      columns[column], rising[up], falling[down] = true, true, true
      placed[row] = column
      place(row + 1)
      columns[column], rising[up], falling[down] = false, false, false
    end
  end
end

place(1)
print(string.format("solutions: %d in %d tries", solutions, tries))
print(string.format("check: %d", check))
