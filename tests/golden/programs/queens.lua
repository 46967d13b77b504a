-- The eight queens, by recursion over arrays and by a coroutine.
local function queens(n)
  local cols, d1, d2, row, count, first = {}, {}, {}, {}, 0, nil
  local function place(r)
    if r > n then count = count + 1 first = first or table.concat(row, " ") return end
    for c = 1, n do
      if not cols[c] and not d1[r + c] and not d2[r - c + n] then
        cols[c], d1[r + c], d2[r - c + n], row[r] = true, true, true, c
        place(r + 1)
        cols[c], d1[r + c], d2[r - c + n] = nil, nil, nil
      end
    end
  end
  place(1)
  return count, first
end
for n = 4, 6 do print(n, queens(n)) end
local function ok(a, n, c) for i = 1, n - 1 do if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end
local function add(a, n, N) if n > N then coroutine.yield(a) else for c = 1, N do if ok(a, n, c) then a[n] = c add(a, n + 1, N) end end end end
local found = 0
for a in coroutine.wrap(function() add({}, 1, 6) end) do
  found = found + 1
  for i = 1, 6 do local row = {} for j = 1, 6 do row[j] = a[i] == j and "Q" or "-" end if found == 1 then print(table.concat(row, " ")) end end
end
print(found)
--! out: 4	2	2 4 1 3
--! out: 5	10	1 3 5 2 4
--! out: 6	4	2 4 6 1 3 5
--! out: - Q - - - -
--! out: - - - Q - -
--! out: - - - - - Q
--! out: Q - - - - -
--! out: - - Q - - -
--! out: - - - - Q -
--! out: 4
--! jit: min-native-loops 1
