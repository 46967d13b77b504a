-- A constraint solver: variables with domains, all-different and sum constraints, propagation and search; sudoku, magic squares and send-more-money.
--! check: 147130 197170
local rounds = tonumber((...) or 10)

---------------------------------------------------------------------------------------------------
-- Domains: sets of small integers, kept as an array of flags and a count, with a trail to undo changes

local Solver = {}
Solver.__index = Solver

function Solver.new()
  return setmetatable({ variables = {}, trail = {}, marks = {}, queue = {}, failed = false, steps = 0 }, Solver)
end

function Solver:variable(name, low, high)
  local domain = {}
  for value = low, high do domain[value] = true end
  local variable = {
    name = name, low = low, high = high, domain = domain, size = high - low + 1, watchers = {},
  }
  self.variables[#self.variables + 1] = variable
  return variable
end

local function values(variable)
  local value, high, domain = variable.low - 1, variable.high, variable.domain
  return function()
    repeat
      value = value + 1
      if value > high then return nil end
    until domain[value]
    return value
  end
end

local function only_value(variable)
  for value in values(variable) do return value end
end

local function least(variable) return only_value(variable) end
local function greatest(variable)
  for value = variable.high, variable.low, -1 do
    if variable.domain[value] then return value end
  end
end

function Solver:enqueue(constraint)
  if not constraint.queued then
    constraint.queued = true
    self.queue[#self.queue + 1] = constraint
  end
end

function Solver:remove(variable, value)
  if variable.domain[value] then
    variable.domain[value] = false
    variable.size = variable.size - 1
    self.trail[#self.trail + 1] = variable
    self.trail[#self.trail + 1] = value
    if variable.size == 0 then self.failed = true end
    for _, constraint in ipairs(variable.watchers) do self:enqueue(constraint) end
  end
end

function Solver:assign(variable, value)
  for other in values(variable) do
    if other ~= value then self:remove(variable, other) end
  end
  if not variable.domain[value] then self.failed = true end
end

function Solver:mark() self.marks[#self.marks + 1] = #self.trail end

function Solver:undo()
  local mark = table.remove(self.marks)
  for i = #self.trail - 1, mark + 1, -2 do
    local variable, value = self.trail[i], self.trail[i + 1]
    variable.domain[value] = true
    variable.size = variable.size + 1
    self.trail[i], self.trail[i + 1] = nil, nil
  end
  for i = #self.queue, 1, -1 do
    self.queue[i].queued = false
    self.queue[i] = nil
  end
  self.failed = false
end

---------------------------------------------------------------------------------------------------
-- Constraints

local function class()
  local methods = {}
  methods.__index = methods
  return methods
end

function Solver:post(constraint)
  for _, variable in ipairs(constraint.variables) do
    variable.watchers[#variable.watchers + 1] = constraint
  end
  self:enqueue(constraint)
end

local AllDifferent = class()
function AllDifferent.new(variables) return setmetatable({ variables = variables }, AllDifferent) end

function AllDifferent:propagate(solver)
  local variables = self.variables
  for i = 1, #variables do
    local variable = variables[i]
    if variable.size == 1 then
      local value = only_value(variable)
      for j = 1, #variables do
        if j ~= i then solver:remove(variables[j], value) end
      end
      if solver.failed then return end
    end
  end
  -- A value with one place left goes there.
  if #variables == variables[1].high - variables[1].low + 1 then
    for value = variables[1].low, variables[1].high do
      local place, count = nil, 0
      for i = 1, #variables do
        if variables[i].domain[value] then place, count = variables[i], count + 1 end
      end
      if count == 0 then
        solver.failed = true
        return
      elseif count == 1 and place.size > 1 then
        solver:assign(place, value)
      end
    end
  end
end

-- factor[1] * variable[1] + ... = total
local Sum = class()
function Sum.new(variables, factors, total)
  return setmetatable({ variables = variables, factors = factors, total = total }, Sum)
end

function Sum:propagate(solver)
  local low, high = 0, 0
  local lows, highs = {}, {}
  for i, variable in ipairs(self.variables) do
    local a, b = self.factors[i] * least(variable), self.factors[i] * greatest(variable)
    if a > b then a, b = b, a end
    lows[i], highs[i] = a, b
    low, high = low + a, high + b
  end
  for i, variable in ipairs(self.variables) do
    local least_others, most_others = low - lows[i], high - highs[i]
    for value in values(variable) do
      local part = self.factors[i] * value
      if part + least_others > self.total or part + most_others < self.total then
        solver:remove(variable, value)
      end
    end
    if solver.failed then return end
  end
end

---------------------------------------------------------------------------------------------------
-- Search

function Solver:propagate()
  while #self.queue > 0 and not self.failed do
    local constraint = table.remove(self.queue)
    constraint.queued = false
    self.steps = self.steps + 1
    constraint:propagate(self)
  end
  return not self.failed
end

function Solver:smallest()
  local best
  for i = 1, #self.variables do
    local variable = self.variables[i]
    if variable.size > 1 and (not best or variable.size < best.size) then best = variable end
  end
  return best
end

-- Calls `found` for each solution; stops when it answers true.
function Solver:search(found)
  if not self:propagate() then return false end
  local variable = self:smallest()
  if not variable then return found() end
  local choices = {}
  for value in values(variable) do choices[#choices + 1] = value end
  for i = 1, #choices do
    self:mark()
    self:assign(variable, choices[i])
    local stop = self:search(found)
    self:undo()
    if stop then return true end
  end
  return false
end

---------------------------------------------------------------------------------------------------
-- Puzzles

local function sudoku(text)
  local solver, cells = Solver.new(), {}
  for i = 1, 81 do cells[i] = solver:variable("cell" .. i, 1, 9) end
  for i = 0, 8 do
    local row, column, block = {}, {}, {}
    for j = 0, 8 do
      row[#row + 1] = cells[9 * i + j + 1]
      column[#column + 1] = cells[9 * j + i + 1]
      block[#block + 1] = cells[9 * (3 * math.floor(i / 3) + math.floor(j / 3)) + 3 * (i % 3) + j % 3 + 1]
    end
    solver:post(AllDifferent.new(row))
    solver:post(AllDifferent.new(column))
    solver:post(AllDifferent.new(block))
  end
  for i = 1, 81 do
    local digit = tonumber(text:sub(i, i))
    if digit and digit > 0 then solver:assign(cells[i], digit) end
  end
  local answer
  solver:search(function()
    local digits = {}
    for i = 1, 81 do digits[i] = only_value(cells[i]) end
    answer = table.concat(digits)
    return true
  end)
  return answer, solver.steps
end

local function magic_square(size, wanted)
  local solver, cells = Solver.new(), {}
  local total = size * (size * size + 1) / 2
  for i = 1, size * size do cells[i] = solver:variable("m" .. i, 1, size * size) end
  solver:post(AllDifferent.new(cells))
  local ones = {}
  for i = 1, size do ones[i] = 1 end
  local falling, rising = {}, {}
  for i = 1, size do
    local row, column = {}, {}
    for j = 1, size do
      row[j], column[j] = cells[size * (i - 1) + j], cells[size * (j - 1) + i]
    end
    falling[i], rising[i] = cells[size * (i - 1) + i], cells[size * i - i + 1]
    solver:post(Sum.new(row, ones, total))
    solver:post(Sum.new(column, ones, total))
  end
  solver:post(Sum.new(falling, ones, total))
  solver:post(Sum.new(rising, ones, total))
  local count = 0
  solver:search(function()
    count = count + 1
    return count == wanted
  end)
  return count, solver.steps
end

local function send_more_money()
  local solver, letters, all = Solver.new(), {}, {}
  for letter in ("sendmory"):gmatch(".") do
    letters[letter] = solver:variable(letter, 0, 9)
    all[#all + 1] = letters[letter]
  end
  solver:post(AllDifferent.new(all))
  solver:remove(letters.s, 0)
  solver:remove(letters.m, 0)
  local factors = {}
  local function word(text, sign)
    for i = 1, #text do
      local letter = text:sub(i, i)
      factors[letter] = (factors[letter] or 0) + sign * 10 ^ (#text - i)
    end
  end
  word("send", 1)
  word("more", 1)
  word("money", -1)
  local order = {}
  for i, variable in ipairs(all) do order[i] = factors[variable.name] end
  solver:post(Sum.new(all, order, 0))
  local answer = 0
  solver:search(function()
    for letter in ("money"):gmatch(".") do answer = answer * 10 + only_value(letters[letter]) end
    return true
  end)
  return answer, solver.steps
end

local puzzles = {
  "800000000003600000070090200050007000000045700000100030001000068008500010090000400",
  "000000907000420180000705026100904000050000040000507009920108000034059000507000000",
  "100007090030020008009600500005300900010080002600004000300000010040000007007000300",
}

local check, steps = 0, 0
for _ = 1, rounds do
  for _, puzzle in ipairs(puzzles) do
    local answer, took = sudoku(puzzle)
    for i = 1, #answer do check = (check * 7 + answer:byte(i)) % 1000003 end
    steps = steps + took
  end
  local count, took = magic_square(4, 20)
  check, steps = check + count, steps + took
  local money
  money, took = send_more_money()
  check, steps = (check + money) % 1000003, steps + took
end
print("check: " .. check .. " " .. steps)
