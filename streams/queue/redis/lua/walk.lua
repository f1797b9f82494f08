-- Read along an index. ARGV: index, first and last place, names of fields. Returns member, order and the fields' values,
-- one after the other.
local found = {}
local members = redis.call('ZRANGE', ARGV[1], ARGV[2], ARGV[3], 'WITHSCORES')
for at = 1, #members, 2 do
  found[#found + 1] = members[at]
  found[#found + 1] = members[at + 1]
  found[#found + 1] = read(string.sub(members[at], 13), unpack(ARGV, 4))
end
return found
