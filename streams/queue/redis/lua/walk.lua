-- Read along an index. ARGV: index, first and last place. Returns member, order and fields, one after the other.
local found = {}
local members = redis.call('ZRANGE', ARGV[1], ARGV[2], ARGV[3], 'WITHSCORES')
for at = 1, #members, 2 do
  found[#found + 1] = members[at]
  found[#found + 1] = members[at + 1]
  found[#found + 1] = redis.call('HGETALL', P .. 'r:' .. string.sub(members[at], 13))
end
return found
