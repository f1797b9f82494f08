-- Drop what expired before ARGV[1] and is in nobody's hands, a bounded number at a time; returns {seen, dropped}.
if tonumber(ARGV[1]) > purged() then redis.call('SET', P .. 'purged', ARGV[1]) end
local old = redis.call('ZRANGEBYSCORE', P .. 'expiring', '-inf', '(' .. ARGV[1], 'LIMIT', ARGV[2], ARGV[3])
local dropped = 0
for _, id in ipairs(old) do
  local f = read(id, 'lease_until', 'customer')
  if tonumber(f[1]) < tonumber(ARGV[1]) then
    forget(id)
    redis.call('DEL', P .. 'r:' .. id)
    remember(f[2], id)
    dropped = dropped + 1
  end
end
return {#old, dropped}
