-- Method definitions and calls, with fields as prefixes, on results and on strings.
local account = {balance = 0}
function account.deposit(self, v) self.balance = self.balance + v return self end
function account:withdraw(v, ...) self.balance = self.balance - v return self, ... end
account:deposit(100):withdraw(30):deposit(1)
print(account.balance)
print(select("#", account:withdraw(1, nil, nil)), select(2, account:withdraw(1, "a", "b")))
local a = {b = {c = {}}}
function a.b.c.f(x) return x end
function a.b.c:g(x) return self == a.b.c, x end
print(a.b.c.f(1), a.b.c:g(2))
print(a.b.c["g"](a.b.c, 3), a["b"]["c"]:g(4))
local function get() return account end
print(get():deposit(5) == account, get().balance)
local s = "hello"
print(s:len(), s:sub(2, 3):upper(), ("%s"):rep(2):format("a", "b"), s:byte(-1))
local order = {}
local obj = setmetatable({}, {__index = function(t, k) order[#order + 1] = k return function(self, ...) return k, ... end end})
local function arg(x) order[#order + 1] = "arg" .. x return x end
print(obj:dynamic(arg(1), arg(2)))
print(table.concat(order, " "))
local t = {}
function t:self_name(self2) return self == t, self2 end
print(t:self_name(9))
local m = {f = function(self, k) return rawget(self, k) end, name = "m"}
print(m:f("name"), m:f"name", (m:f{}) == nil)
for _, source in ipairs{"local t = {} t:missing()", "local t = nil t:missing()", "undefined:method()", "local t = {x = 1} t:x()",
  "('x'):nope()", "local t = {a = {}} t.a:gone()", "(1):x()", "local f = function() end f:x()"} do
  print(select(2, pcall(loadstring(source, "=c"))))
end
--! out: 71
--! out: 3	a	b
--! out: 1	true	2
--! out: true	true	4
--! out: true	74
--! out: 5	EL	ab	111
--! out: dynamic	1	2
--! out: dynamic arg1 arg2
--! out: true	9
--! out: m	m	true
--! out: c:1: attempt to call method 'missing' (a nil value)
--! out: c:1: attempt to index local 't' (a nil value)
--! out: c:1: attempt to index global 'undefined' (a nil value)
--! out: c:1: attempt to call method 'x' (a number value)
--! out: c:1: attempt to call method 'nope' (a nil value)
--! out: c:1: attempt to call method 'gone' (a nil value)
--! out: c:1: attempt to index a number value
--! out: c:1: attempt to index local 'f' (a function value)
