-- A nil base is no base, for programs that hand on what they did not get.
print(math.log(1, nil), math.log(1))
--! out: 0	0
