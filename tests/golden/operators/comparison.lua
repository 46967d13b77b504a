-- Equality and order of every pair of types.
local f, co = print, coroutine.create(function() end)
local t1, t2 = {}, {}
local values = {true, false, 0, 1, -1, "0", "a", "A", "", t1, t2, f, co}
local names = {"true", "false", "0", "1", "-1", "'0'", "'a'", "'A'", "''", "t1", "t2", "f", "co"}
for i, a in ipairs(values) do
  local row = {}
  for j, b in ipairs(values) do
    row[j] = (a == b and "=" or "-") .. (rawequal(a, b) and "=" or "-")
      .. (pcall(function() return a < b end) and (a < b and "<" or "n") or "e")
      .. (pcall(function() return a <= b end) and (a <= b and "<" or "n") or "e")
  end
  print(names[i], table.concat(row, " "))
end
print(nil == false, nil == nil, nil ~= nil, nil == 0)
print("a" < "b", "a" < "aa", "" < "a", "Z" < "a", "a\0b" < "a\0c", "a\0" > "a", "10" < "9", "\127" < "a")
print(1 < 2, 1 <= 1, 1 > 1, 1 >= 1, -1 < 0, 1.5 < 1.6, 2 ^ 53 < 2 ^ 53 + 2)
for _, source in ipairs{"1 < 'x'", "{} < {}", "nil < 1", "1 < nil", "print < print", "true < false", "'a' < 1",
  "{} <= 1", "1 >= {}", "nil > nil", "coroutine.create(function() end) < {}", "'x' >= nil"} do
  print(source, select(2, pcall(loadstring("return " .. source, "=c"))))
end
--! out: true	==ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee
--! out: false	--ee ==ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee
--! out: 0	--ee --ee ==n< --<< --nn --ee --ee --ee --ee --ee --ee --ee --ee
--! out: 1	--ee --ee --nn ==n< --nn --ee --ee --ee --ee --ee --ee --ee --ee
--! out: -1	--ee --ee --<< --<< ==n< --ee --ee --ee --ee --ee --ee --ee --ee
--! out: '0'	--ee --ee --ee --ee --ee ==n< --<< --<< --nn --ee --ee --ee --ee
--! out: 'a'	--ee --ee --ee --ee --ee --nn ==n< --nn --nn --ee --ee --ee --ee
--! out: 'A'	--ee --ee --ee --ee --ee --nn --<< ==n< --nn --ee --ee --ee --ee
--! out: ''	--ee --ee --ee --ee --ee --<< --<< --<< ==n< --ee --ee --ee --ee
--! out: t1	--ee --ee --ee --ee --ee --ee --ee --ee --ee ==ee --ee --ee --ee
--! out: t2	--ee --ee --ee --ee --ee --ee --ee --ee --ee --ee ==ee --ee --ee
--! out: f	--ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee ==ee --ee
--! out: co	--ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee --ee ==ee
--! out: false	true	false	false
--! out: true	true	true	true	true	true	true	false
--! out: true	true	false	true	true	true	true
--! out: 1 < 'x'	c:1: attempt to compare number with string
--! out: {} < {}	c:1: attempt to compare two table values
--! out: nil < 1	c:1: attempt to compare nil with number
--! out: 1 < nil	c:1: attempt to compare number with nil
--! out: print < print	c:1: attempt to compare two function values
--! out: true < false	c:1: attempt to compare two boolean values
--! out: 'a' < 1	c:1: attempt to compare string with number
--! out: {} <= 1	c:1: attempt to compare table with number
--! out: 1 >= {}	c:1: attempt to compare table with number
--! out: nil > nil	c:1: attempt to compare two nil values
--! out: coroutine.create(function() end) < {}	c:1: attempt to compare thread with table
--! out: 'x' >= nil	c:1: attempt to compare nil with string
