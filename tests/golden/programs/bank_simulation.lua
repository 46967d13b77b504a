-- Events, objects, random choice, errors and logs together: a small simulation.
local Account = {} Account.__index = Account
function Account.new(owner, balance) return setmetatable({owner = owner, balance = balance or 0, history = {}}, Account) end
function Account:deposit(n) if n <= 0 then error({kind = "amount", n = n}) end self.balance = self.balance + n self.history[#self.history + 1] = n return self end
function Account:withdraw(n) if n > self.balance then error({kind = "funds", n = n, owner = self.owner}) end self.balance = self.balance - n self.history[#self.history + 1] = -n return self end
Account.__lt = function(a, b) return a.balance < b.balance end
Account.__tostring = function(a) return ("%s:%d"):format(a.owner, a.balance) end
local seed = 2024
local function rnd(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local accounts = {}
for i, name in ipairs{"ann", "bob", "cid", "dee"} do accounts[i] = Account.new(name, 100 * i) end
local failures = {funds = 0, amount = 0, bug = 0}
local handlers = {
  function(a, b, n) a:withdraw(n) b:deposit(n) end,
  function(a, _, n) a:deposit(n - 20) end,
  function(a, _, n) a:withdraw(n) end,
  function(a, _, n) return a.missing.field end,
}
local events, total = 0, 0
for i = 1, 300 do
  local h = rnd(40)
  h = h == 40 and 4 or h % 3 + 1
  local a, b, n = accounts[rnd(4)], accounts[rnd(4)], rnd(60)
  local ok, e = pcall(handlers[h], a, b, n)
  events = events + 1
  if not ok then local k = type(e) == "table" and e.kind or "bug" failures[k] = failures[k] + 1 end
end
table.sort(accounts)
for _, a in ipairs(accounts) do
  local s = 0
  for _, v in ipairs(a.history) do s = s + v end
  total = total + s
  print(tostring(a), #a.history, s)
end
print(events, failures.funds, failures.amount, failures.bug, total)
--! out: ann:1	58	-99
--! out: dee:15	88	-385
--! out: cid:89	91	-211
--! out: bob:291	71	91
--! out: 300	35	26	9	-604
--! jit: min-native-loops 1
