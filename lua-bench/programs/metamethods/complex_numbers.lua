-- Complex numbers with operators: every sum and product makes a new object through a metamethod.
--! check: 141953 810000
--! quick: 130 2977 16900
local size = tonumber((...) or 900)

local Complex = {}
Complex.__index = Complex

local function complex(re, im) return setmetatable({ re = re, im = im }, Complex) end

function Complex.__add(a, b) return complex(a.re + b.re, a.im + b.im) end
function Complex.__sub(a, b) return complex(a.re - b.re, a.im - b.im) end
function Complex.__mul(a, b) return complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re) end
function Complex.__eq(a, b) return a.re == b.re and a.im == b.im end
function Complex.__unm(a) return complex(-a.re, -a.im) end
function Complex:norm() return self.re * self.re + self.im * self.im end

local inside, same = 0, 0
for y = 1, size do
  for x = 1, size do
    local c = complex(x / size * 3 - 2, y / size * 3 - 1.5)
    local z = complex(0, 0)
    local steps = 0
    while steps < 60 and z:norm() < 4 do
      z = z * z + c
      steps = steps + 1
    end
    if steps == 60 then inside = inside + 1 end
    if -(-c) == c - complex(0, 0) then same = same + 1 end
  end
end
print("check: " .. inside .. " " .. same)
