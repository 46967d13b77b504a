-- moses: functional programming, on arrays and with order-free results elsewhere.
-- Packages: lua-moses lua-inspect
local M = require("moses")
local show = require("inspect")
local numbers = M.range(1, 60)
local function p(...) print(show({...}, {newline = "", indent = ""})) end
p(M.map(numbers, function(v) return v * v end))
p(M.select(numbers, function(v) return v % 7 == 3 end), M.reject(numbers, function(v) return v > 5 end))
p(M.reduce(numbers, function(a, b) return a + b end, 0), M.reduceRight({"a", "b", "c"}, function(a, b) return a .. b end))
p(M.mapReduce({1, 2, 3, 4}, function(a, b) return a * b end), M.all(numbers, M.isNumber), M.include(numbers, 61))
p(M.sortBy({"ccc", "a", "bb"}, function(s) return #s end), M.groupBy({1, 2, 3, 4, 5}, function(v) return v % 2 == 0 and "even" or "odd" end))
p(M.countBy({"x", "y", "x"}, function(v) return v end), M.detect(numbers, function(v) return v > 30 end))
p(M.flatten({1, {2, {3, {4}}}}), M.flatten({1, {2, {3}}}, true), M.chunk({1, 1, 2, 3, 3}, function(v) return v end))
p(M.unique({1, 2, 1, 3, 2}), M.union({1, 2}, {2, 3}, {4}), M.intersection({1, 2, 3}, {2, 3, 4}), M.difference({1, 2, 3}, {2}))
p(M.zip({1, 2, 3}, {"a", "b", "c"}), M.zipWith(function(a, b) return a + b end, {1, 2}, {3, 4}), M.interleave({1, 2}, {3, 4}))
for part in M.partition(M.range(1, 10), 3) do p(part) end
for part in M.overlapping({1, 2, 3, 4, 5}, 3) do p(part) end
for part in M.permutation({"a", "b", "c"}) do io.write(table.concat(part), " ") end print()
p(#M.powerset({1, 2, 3, 4, 5}), M.slice(numbers, 5, 9), M.rest(numbers, 58), M.initial({1, 2, 3}, 2), M.rotate and M.rotate({1, 2, 3}, 1))
p(M.sum(numbers), M.product({1, 2, 3, 4, 5}), M.mean(numbers), M.median({5, 3, 1}), M.sortedIndex({1, 3, 5}, 4))
local fib
fib = M.memoize(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
p(fib(70), M.compose(function(x) return x + 1 end, function(x) return x * 10 end)(5), M.pipe(3, math.sqrt, function(x) return x * x end))
local calls = 0
local once, thrice = M.once(function() calls = calls + 1 return calls end), M.after(function() calls = calls + 10 end, 3)
for i = 1, 5 do once() thrice() end
p(calls, M.times(function(i) return i * 2 end, 5), M.bind(math.max, 7)(3), M.juxtapose(4, math.sqrt, function(x) return -x end))
p(M.unfold(function(n) if n < 100 then return n, n * 2 end end, 1), M.isEqual({1, {a = 2}}, {1, {a = 2}}), M.uniqueId(), M.uniqueId())
local chain = M.chain(M.range(1, 40)):map(function(v) return v * 3 end):filter(function(v) return v % 2 == 0 end):value()
p(chain, M.keys and #M.keys({a = 1, b = 2}), M.extend({a = 1}, {b = 2}, {a = 3}), M.defaults({a = 1}, {a = 2, b = 3}), M.invert({"x", "y"}))
p(M.has({a = 1}, "a"), M.pick({a = 1, b = 2, c = 3}, "a", "c"), M.omit({a = 1, b = 2}, "b"), M.result({f = function(o) return o.v end, v = 9}, "f"))
