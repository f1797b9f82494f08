-- Forget a customer and refuse them from now on. ARGV: customer, mark. Returns how many records went.
if redis.call('SADD', P .. 'erased', ARGV[2]) == 1 then redis.call('RPUSH', P .. 'erasures', ARGV[2]) end
local gone = 0
for _, member in ipairs(redis.call('ZRANGE', P .. 'i:customer:' .. ARGV[1], 0, -1)) do
  local id = string.sub(member, 13)
  forget(id)
  redis.call('DEL', P .. 'r:' .. id)
  gone = gone + 1
end
-- The counted record stays, without its content, so that a repeat is not counted twice.
for _, id in ipairs(redis.call('SMEMBERS', P .. 'decisions:of:' .. ARGV[1])) do
  redis.call('ZREM', P .. 'decisions', id)
  redis.call('ZREM', P .. 'decisions:reason:' .. redis.call('HGET', P .. 'd:' .. id, 'reason'), id)
  redis.call('HSET', P .. 'd:' .. id, 'customer', '', 'body', '')
  gone = gone + 1
end
redis.call('DEL', P .. 'decisions:of:' .. ARGV[1], P .. 'purged:of:' .. ARGV[1])
return gone
