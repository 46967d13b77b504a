-- MD5, SHA-256 and CRC-32 on plain numbers: bitwise operations by arithmetic and tables.
local scale = tonumber((...)) or 1
local floor = math.floor

local xor_table, and_table = {}, {}
for a = 0, 15 do
  xor_table[a], and_table[a] = {}, {}
  for b = 0, 15 do
    local x, n, bit = 0, 0, 1
    for i = 0, 3 do
      local p, q = floor(a / bit) % 2, floor(b / bit) % 2
      if p ~= q then x = x + bit end
      if p == 1 and q == 1 then n = n + bit end
      bit = bit * 2
    end
    xor_table[a][b], and_table[a][b] = x, n
  end
end
local function combine(t, a, b)
  local result, place = 0, 1
  for i = 1, 8 do
    local x, y = a % 16, b % 16
    result = result + t[x][y] * place
    a, b, place = (a - x) / 16, (b - y) / 16, place * 16
  end
  return result
end
local function bxor(a, b) return combine(xor_table, a, b) end
local function band(a, b) return combine(and_table, a, b) end
local function bnot(a) return 4294967295 - a end
local function bor(a, b) return a + b - band(a, b) end
local function shr(a, n) return floor(a / 2 ^ n) end
local function rol(a, n) local high = floor(a / 2 ^ (32 - n)) return (a * 2 ^ n) % 4294967296 + high end
local function ror(a, n) return rol(a, 32 - n) end

local function padded(s, big)
  local bits = #s * 8
  s = s .. "\128" .. ("\0"):rep((55 - #s) % 64)
  local length = {}
  for i = 1, 8 do length[i] = string.char(bits % 256) bits = floor(bits / 256) end
  local text = table.concat(length)
  return s .. (big and text:reverse() or text)
end

local K, R = {}, {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21}
for i = 0, 63 do K[i] = floor(math.abs(math.sin(i + 1)) * 4294967296) end
local function md5(s)
  s = padded(s, false)
  local a0, b0, c0, d0 = 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
  for chunk = 1, #s, 64 do
    local m = {}
    for i = 0, 15 do
      local w, x, y, z = s:byte(chunk + i * 4, chunk + i * 4 + 3)
      m[i] = w + x * 256 + y * 65536 + z * 16777216
    end
    local a, b, c, d = a0, b0, c0, d0
    for i = 0, 63 do
      local f, g
      if i < 16 then f, g = bor(band(b, c), band(bnot(b), d)), i
      elseif i < 32 then f, g = bor(band(d, b), band(bnot(d), c)), (5 * i + 1) % 16
      elseif i < 48 then f, g = bxor(bxor(b, c), d), (3 * i + 5) % 16
      else f, g = bxor(c, bor(b, bnot(d))), (7 * i) % 16 end
      f = (f + a + K[i] + m[g]) % 4294967296
      a, d, c = d, c, b
      b = (b + rol(f, R[floor(i / 16) * 4 + i % 4 + 1])) % 4294967296
    end
    a0, b0, c0, d0 = (a0 + a) % 4294967296, (b0 + b) % 4294967296, (c0 + c) % 4294967296, (d0 + d) % 4294967296
  end
  local out = {}
  for _, word in ipairs{a0, b0, c0, d0} do
    for i = 1, 4 do out[#out + 1] = ("%02x"):format(word % 256) word = floor(word / 256) end
  end
  return table.concat(out)
end

local primes, candidate = {}, 2
while #primes < 64 do
  local prime = true
  for _, p in ipairs(primes) do
    if p * p > candidate then break end
    if candidate % p == 0 then prime = false break end
  end
  if prime then primes[#primes + 1] = candidate end
  candidate = candidate + 1
end
local function fraction(x) return floor(x % 1 * 4294967296) end
local function sha256(s)
  s = padded(s, true)
  local h = {}
  for i = 1, 8 do h[i] = fraction(primes[i] ^ (1 / 2)) end
  local w = {}
  for chunk = 1, #s, 64 do
    for i = 1, 16 do
      local a, b, c, d = s:byte(chunk + i * 4 - 4, chunk + i * 4 - 1)
      w[i] = ((a * 256 + b) * 256 + c) * 256 + d
    end
    for i = 17, 64 do
      local x, y = w[i - 15], w[i - 2]
      local s0 = bxor(bxor(ror(x, 7), ror(x, 18)), shr(x, 3))
      local s1 = bxor(bxor(ror(y, 17), ror(y, 19)), shr(y, 10))
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) % 4294967296
    end
    local a, b, c, d, e, f, g, hh = unpack(h)
    for i = 1, 64 do
      local s1 = bxor(bxor(ror(e, 6), ror(e, 11)), ror(e, 25))
      local choice = bxor(band(e, f), band(bnot(e), g))
      local t1 = (hh + s1 + choice + fraction(primes[i] ^ (1 / 3)) + w[i]) % 4294967296
      local s0 = bxor(bxor(ror(a, 2), ror(a, 13)), ror(a, 22))
      local majority = bxor(bxor(band(a, b), band(a, c)), band(b, c))
      local t2 = (s0 + majority) % 4294967296
      hh, g, f, e, d, c, b, a = g, f, e, (d + t1) % 4294967296, c, b, a, (t1 + t2) % 4294967296
    end
    for i, v in ipairs{a, b, c, d, e, f, g, hh} do h[i] = (h[i] + v) % 4294967296 end
  end
  local out = {}
  for i = 1, 8 do out[i] = ("%08x"):format(h[i]) end
  return table.concat(out)
end

local crc_table = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do if c % 2 == 1 then c = bxor((c - 1) / 2, 0xedb88320) else c = c / 2 end end
  crc_table[i] = c
end
local function crc32(s)
  local crc = 4294967295
  for i = 1, #s do crc = bxor(crc_table[bxor(crc % 256, s:byte(i))], floor(crc / 256)) end
  return bnot(crc)
end

print(md5(""), md5("abc"))
print(sha256("abc"))
print(sha256(""))
print(("%08x"):format(crc32("The quick brown fox jumps over the lazy dog")))
local text = "message"
for i = 1, 3 * scale do text = md5(text) .. sha256(text:sub(-9)):sub(1, 40) .. ("%08x"):format(crc32(text)) end
print(text)
--! out: d41d8cd98f00b204e9800998ecf8427e	900150983cd24fb0d6963f7d28e17f72
--! out: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
--! out: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
--! out: 414fa339
--! out: 8b3fedfc15b0d30283e6a597a3903bb4ed2b43cb71cfbe83db3e15d2e369f1213e6d69cbeaaedbd9
