-- One-way constraints in the manner of DeltaBlue: strengths, incremental planning, classes, chains.
local Constraint = {} Constraint.__index = Constraint
local function class(base) local c = setmetatable({}, {__index = base}) c.__index = c return c end
local REQUIRED, STRONG, NORMAL, WEAK = 0, 1, 2, 6
local function variable(name, v) return {name = name, value = v, constraints = {}, determined = nil, strength = 7, stay = true, mark = 0} end
function Constraint:attach() for _, v in ipairs(self.vars) do v.constraints[#v.constraints + 1] = self end end
function Constraint:detach() for _, v in ipairs(self.vars) do for i = #v.constraints, 1, -1 do if v.constraints[i] == self then table.remove(v.constraints, i) end end end end
local Stay = class(Constraint)
function Stay:choose(mark) if self.vars[1].mark ~= mark and self.strength < self.vars[1].strength then self.out = self.vars[1] else self.out = nil end end
function Stay:inputs() return {} end
function Stay:execute() end
local Edit = class(Stay)
local Equal = class(Constraint)
function Equal:choose(mark)
  local a, b = self.vars[1], self.vars[2]
  if a.mark == mark then self.out = b.mark ~= mark and self.strength < b.strength and b or nil
  elseif b.mark == mark then self.out = a.mark ~= mark and self.strength < a.strength and a or nil
  elseif a.strength > b.strength then self.out = self.strength < a.strength and a or nil
  else self.out = self.strength < b.strength and b or nil end
end
function Equal:inputs() return {self.out == self.vars[1] and self.vars[2] or self.vars[1]} end
function Equal:execute() self.out.value = self:inputs()[1].value end
local Scale = class(Equal)
function Scale:inputs() return {self.out == self.vars[1] and self.vars[2] or self.vars[1], self.vars[3], self.vars[4]} end
function Scale:execute()
  local a, b, k, o = self.vars[1], self.vars[2], self.vars[3], self.vars[4]
  if self.out == b then b.value = a.value * k.value + o.value else a.value = (b.value - o.value) / k.value end
end
local planner = {mark = 0}
local function new(c, strength, ...) local o = setmetatable({strength = strength, vars = {...}}, c) planner:add(o) return o end
function planner:next() self.mark = self.mark + 1 return self.mark end
function planner:propagate(c)
  local o = c.out
  local s = c.strength
  o.stay = getmetatable(c) ~= Edit
  for _, v in ipairs(c:inputs()) do if v.strength > s then s = v.strength end o.stay = o.stay and v.stay end
  o.strength = s
  if o.stay then c:execute() end
end
function planner:add(c)
  c:attach()
  local mark = self:next()
  local todo = {c}
  while #todo > 0 do
    local k = table.remove(todo)
    k:choose(mark)
    if k.out then
      for _, v in ipairs(k:inputs()) do v.mark = mark end
      local old = k.out.determined
      if old then old.out = nil todo[#todo + 1] = old end
      k.out.determined = k
      self:downstream(k, mark)
      k.out.mark = mark
    end
  end
end
function planner:downstream(c, mark)
  local todo, seen = {c}, {}
  while #todo > 0 do
    local k = table.remove(todo)
    if not seen[k] then
      seen[k] = true
      self:propagate(k)
      for _, d in ipairs(k.out.constraints) do if d ~= k and d.out and d.out ~= k.out then todo[#todo + 1] = d end end
    end
  end
end
function planner:plan(v)
  local todo, order, seen = {v.determined}, {}, {}
  while #todo > 0 do
    local k = table.remove(todo, 1)
    if not seen[k] then
      seen[k] = true
      order[#order + 1] = k
      for _, d in ipairs(k.out.constraints) do if d ~= k and d.out and d.out ~= k.out then todo[#todo + 1] = d end end
    end
  end
  return order
end
local function chain(n)
  local vars = {}
  for i = 1, n do vars[i] = variable("v" .. i, 0) if i > 1 then new(Equal, REQUIRED, vars[i - 1], vars[i]) end end
  new(Stay, STRONG + 1, vars[n])
  local edit = new(Edit, STRONG, vars[1])
  local plan = planner:plan(vars[1])
  local bad = 0
  for k = 1, 10 do vars[1].value = k * k for _, c in ipairs(plan) do c:execute() end if vars[n].value ~= k * k then bad = bad + 1 end end
  return #plan, vars[n].value, bad
end
print(chain(20)) print(chain(40))
local function projection(n)
  local scale, offset, src, dst, sum = variable("scale", 10), variable("offset", 1000), {}, {}, 0
  for i = 1, n do
    src[i], dst[i] = variable("s" .. i, i), variable("d" .. i, i)
    new(Stay, NORMAL, src[i])
    new(Scale, REQUIRED, src[i], dst[i], scale, offset)
  end
  for i = 1, n do sum = sum + dst[i].value end
  return sum, dst[1].value, dst[n].value
end
print(projection(15))
--! out: 20	100	0
--! out: 40	100	0
--! out: 16200	1010	1150
--! jit: min-native-loops 1
