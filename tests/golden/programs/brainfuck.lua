-- A Brainfuck interpreter, and a compiler of the same programs to closures.
local scale = tonumber((...)) or 1

local function parse(source)
  local code, stack = {}, {}
  for c in source:gmatch("[%+%-<>%.,%[%]]") do
    local previous = code[#code]
    if c == "+" or c == "-" then
      local by = c == "+" and 1 or -1
      if previous and previous.op == "add" then previous.by = previous.by + by else code[#code + 1] = {op = "add", by = by} end
    elseif c == ">" or c == "<" then
      local by = c == ">" and 1 or -1
      if previous and previous.op == "move" then previous.by = previous.by + by else code[#code + 1] = {op = "move", by = by} end
    elseif c == "." then code[#code + 1] = {op = "out"}
    elseif c == "," then code[#code + 1] = {op = "in"}
    elseif c == "[" then
      code[#code + 1] = {op = "open"}
      stack[#stack + 1] = #code
    else
      local open = table.remove(stack) or error("unbalanced ]", 0)
      code[#code + 1] = {op = "close", to = open}
      code[open].to = #code
    end
  end
  if #stack > 0 then error("unbalanced [", 0) end
  return code
end

local function interpret(code, input)
  local tape, at, pc, out, steps = {[0] = 0}, 0, 1, {}, 0
  local read = 0
  while pc <= #code do
    local i = code[pc]
    local op = i.op
    steps = steps + 1
    if op == "add" then tape[at] = ((tape[at] or 0) + i.by) % 256
    elseif op == "move" then at = at + i.by
    elseif op == "out" then out[#out + 1] = string.char(tape[at] or 0)
    elseif op == "in" then
      read = read + 1
      tape[at] = input and input:byte(read) or 0
    elseif op == "open" then if (tape[at] or 0) == 0 then pc = i.to end
    elseif (tape[at] or 0) ~= 0 then pc = i.to end
    pc = pc + 1
  end
  return table.concat(out), steps
end

local function compile(code)
  local at = 1
  local function block(inside)
    local parts = {}
    while at <= #code do
      local i = code[at]
      at = at + 1
      local by = i.by
      if i.op == "add" then parts[#parts + 1] = function(s) local p = s.at s.tape[p] = ((s.tape[p] or 0) + by) % 256 end
      elseif i.op == "move" then parts[#parts + 1] = function(s) s.at = s.at + by end
      elseif i.op == "out" then parts[#parts + 1] = function(s) s.out[#s.out + 1] = string.char(s.tape[s.at] or 0) end
      elseif i.op == "in" then parts[#parts + 1] = function(s) s.read = s.read + 1 s.tape[s.at] = s.input:byte(s.read) or 0 end
      elseif i.op == "open" then
        local body = block(true)
        parts[#parts + 1] = function(s) while (s.tape[s.at] or 0) ~= 0 do body(s) end end
      else
        assert(inside)
        break
      end
    end
    return function(s) for n = 1, #parts do parts[n](s) end end
  end
  return block(false)
end

-- Ten lines of rising letters; then products by nested loops.
local letters = "+++++[>+++++++++++++<-]>>++++++++++[<.+.+>>++++++++++.[-]<-]"
local products = "++++++++++[>++++++[>+++++[>+>++<<-]<-]<-]>>>[>+<-]>[-[-[-[-<.+>]]]]"
local echo = ",[.,]"
for round = 1, scale do
  for _, program in ipairs{letters, products, echo} do
    local code = parse(program)
    local text, steps = interpret(code, "echoed")
    local state = {tape = {}, at = 0, out = {}, read = 0, input = "echoed"}
    compile(code)(state)
    if round == 1 then print(#code, steps, #text, table.concat(state.out) == text, (text:sub(1, 40):gsub("\n", "/"))) end
  end
end
print(pcall(parse, "[[]"), pcall(parse, "]"))
--! out: 24	350	30	true	AB/CD/EF/GH/IJ/KL/MN/OP/QR/ST/
--! out: 45	3529	129	true	
--! out: 5	20	6	true	echoed
--! out: false	false	unbalanced ]
