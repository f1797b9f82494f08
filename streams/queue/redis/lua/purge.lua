-- Drop what expired before ARGV[1] and is in nobody's hands, a bounded number at a time; returns {seen, dropped}.
local old = redis.call('ZRANGEBYSCORE', P .. 'expiring', '-inf', '(' .. ARGV[1], 'LIMIT', ARGV[2], 500)
local dropped = 0
for _, id in ipairs(old) do
  if tonumber(read(id, 'lease_until')[1]) < tonumber(ARGV[1]) then
    forget(id)
    redis.call('DEL', P .. 'r:' .. id)
    dropped = dropped + 1
  end
end
return {#old, dropped}
