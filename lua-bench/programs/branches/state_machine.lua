-- Interpreters in miniature: a byte-code machine with an if chain and one with a table of functions.
--! check: 452790 600000 500000 200000
local rounds = tonumber((...) or 600000)

-- Opcodes: 1 push, 2 add, 3 multiply, 4 swap, 5 drop, 6 jump if not zero, 7 decrement, 8 halt.
local program = { 1, 1, 1, 10, 4, 1, 3, 3, 4, 7, 6, 5, 5, 8 }

local function by_chain(code)
  local stack, top, pc = { 0, 0, 0, 0 }, 0, 1
  local steps = 0
  while true do
    local op = code[pc]
    steps = steps + 1
    if op == 1 then
      top = top + 1
      stack[top] = code[pc + 1]
      pc = pc + 2
    elseif op == 2 then
      top = top - 1
      stack[top] = stack[top] + stack[top + 1]
      pc = pc + 1
    elseif op == 3 then
      top = top - 1
      stack[top] = (stack[top] * stack[top + 1]) % 10007
      pc = pc + 1
    elseif op == 4 then
      stack[top], stack[top - 1] = stack[top - 1], stack[top]
      pc = pc + 1
    elseif op == 5 then
      top = top - 1
      pc = pc + 1
    elseif op == 6 then
      if stack[top] ~= 0 then pc = code[pc + 1] else pc = pc + 2 end
    elseif op == 7 then
      stack[top] = stack[top] - 1
      pc = pc + 1
    else
      return steps, stack[1]
    end
  end
end

local total = 0
for round = 1, rounds do
  program[2] = round % 7
  local steps, result = by_chain(program)
  total = (total + steps + result) % 1000003
end

-- The same letters over and over through a machine whose states are functions.
local states = {}
function states.start(c) return c == 97 and "word" or c == 48 and "number" or "start" end
function states.word(c) return c == 32 and "start" or "word" end
function states.number(c) return c == 48 and "number" or c == 32 and "start" or "failed" end
function states.failed(c) return c == 32 and "start" or "failed" end
local text, counts = ("aab 00 0a ab0  00a "):rep(10), { start = 0, word = 0, number = 0, failed = 0 }
for _ = 1, rounds / 60 do
  local state = "start"
  for i = 1, #text do
    state = states[state](text:byte(i))
    counts[state] = counts[state] + 1
  end
end
print("check: " .. total .. " " .. counts.word .. " " .. counts.number .. " " .. counts.failed)
