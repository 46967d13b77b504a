-- Object fields by constant name: records read, changed and linked to one another.
--! check: 349348503
local rounds = tonumber((...) or 60000)
local COUNT = 200

-- A ring of accounts, each knowing the next.
local accounts = {}
for i = 1, COUNT do
  accounts[i] = { id = i, balance = 1000 + i, sent = 0, received = 0, open = i % 7 ~= 0, owner = { rank = i % 5 } }
end
for i = 1, COUNT do accounts[i].next = accounts[i % COUNT + 1] end

local function transfer(from, to, amount)
  from.balance = from.balance - amount
  from.sent = from.sent + 1
  to.balance = to.balance + amount
  to.received = to.received + 1
end

for round = 1, rounds do
  local account = accounts[1]
  for _ = 1, COUNT do
    local next = account.next
    if account.open then
      transfer(account, next, (account.id + round + account.owner.rank) % 10)
    elseif account.balance > 500 then
      account.owner.rank = (account.owner.rank + 1) % 5
      account.open = account.owner.rank == 0
    end
    account = next
  end
end

local balances, check = 0, 0
for _, account in ipairs(accounts) do
  balances = balances + account.balance
  check = (check * 31 + account.balance + 3 * account.sent + 7 * account.received) % 1000000007
end
print(string.format("balances: %d", balances))
print(string.format("check: %d", check))
