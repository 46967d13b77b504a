-- Fast Fourier transforms, forth and back, in place over two arrays of doubles.
--! check: 0.000000 808032.718
local rounds = tonumber((...) or 150)
local size = 2 ^ 14

local floor, sin, cos, pi = math.floor, math.sin, math.cos, math.pi

-- The radix-2 transform of the complex numbers re + i*im; sign is -1 for forth and 1 for back (unscaled).
local function transform(re, im, n, sign)
  -- Elements change places so that the butterflies can work in place.
  local j = 1
  for i = 1, n - 1 do
    if i < j then
      re[i], re[j] = re[j], re[i]
      im[i], im[j] = im[j], im[i]
    end
    local bit = n / 2
    while bit >= 1 and j > bit do
      j = j - bit
      bit = bit / 2
    end
    j = j + bit
  end
  local half = 1
  while half < n do
    local angle = sign * pi / half
    local step_re, step_im = cos(angle), sin(angle)
    local w_re, w_im = 1, 0
    for k = 1, half do
      for i = k, n, 2 * half do
        local other = i + half
        local t_re = w_re * re[other] - w_im * im[other]
        local t_im = w_re * im[other] + w_im * re[other]
        re[other], im[other] = re[i] - t_re, im[i] - t_im
        re[i], im[i] = re[i] + t_re, im[i] + t_im
      end
      w_re, w_im = w_re * step_re - w_im * step_im, w_re * step_im + w_im * step_re
    end
    half = half * 2
  end
end

local re, im, original = {}, {}, {}
local seed = 42
for i = 1, size do
  seed = (seed * 16807) % 2147483647
  original[i] = seed / 2147483647
  re[i], im[i] = original[i], 0
end

local power = 0
for _ = 1, rounds do
  transform(re, im, size, -1)
  power = power + re[1] ^ 2 / size + im[size / 4] ^ 2
  transform(re, im, size, 1)
  for i = 1, size do
    re[i], im[i] = re[i] / size, im[i] / size
  end
end

local worst = 0
for i = 1, size do
  worst = math.max(worst, math.abs(re[i] - original[i]))
end
print(string.format("check: %.6f %.3f", worst, power))
