-- 0 and -0 are one constant of a function, as in PUC Lua: the first one that its code needs gives both their sign.
print(0, -0, 1 / -0)

local function minus_first() return -0, 0, 1 / 0 end
print(minus_first())

local function alone() return 1 / -0 end
print(alone())

-- Folding gives zeros too; division by zero is left to run time.
local function folded() return 0 * -1, 1 - 1, 0 / 1 end
print(folded())

-- Keys, operands of comparisons and bounds of loops are constants like others; conditions are not.
local function after_key(t) t[0] = 1 return 1 / -0 end
print(after_key({}))
local function after_comparison(x) return x == 0, 1 / -0 end
print(after_comparison(1))
local function after_condition() if 0 then return 1 / -0 end end
print(after_condition())
local function after_bound() for i = -0, 0 do return 1 / i, 1 / 0 end end
print(after_bound())
local function in_table() local t = { -0, 0, [0] = 0 } return 1 / t[1], 1 / t[2], 1 / t[0] end
print(in_table())

-- At run time a zero has its own sign.
local function computed(zero, minus) return 1 / (zero * minus), 1 / -zero, 1 / (zero + 0) end
for _ = 1, 100 do computed(0, -1) end
print(computed(0, -1))
local function turned(n)
    local z = 0
    for _ = 1, n do z = -z end
    return 1 / z
end
print(turned(100), turned(101))
--! out: 0	0	inf
--! out: -0	-0	-inf
--! out: -inf
--! out: -0	-0	-0
--! out: inf
--! out: false	inf
--! out: -inf
--! out: inf	-inf
--! out: -inf	-inf	-inf
--! out: -inf	-inf	inf
--! out: inf	-inf
