-- Keep every revision that is newer than what is kept. ARGV: 15 texts per revision; returns how many were kept.
local kept = 0
for at = 1, #ARGV, 15 do
  local id, revision = ARGV[at], ARGV[at + 1]
  local old = read(id, 'revision')[1]
  if not erased(ARGV[at + 13]) and not (old and tonumber(old) >= tonumber(revision)) then
    local key = P .. 'r:' .. id
    if old then
      forget(id)
    else
      redis.call('HSET', key, 'claimed_by', '', 'lease_until', 0, 'snoozed_until', 0, 'outcome', '', 'closed', 0)
    end
    local order, member = ARGV[at + 9], ARGV[at + 12]
    redis.call('HSET', key, 'id', id, 'revision', revision, 'order', order, 'not_before', ARGV[at + 10],
      'expires', ARGV[at + 11], 'member', member, 'body', ARGV[at + 14])
    for i, dimension in ipairs(INDEXED) do
      redis.call('HSET', key, dimension, ARGV[at + 1 + i])
      redis.call('ZADD', P .. 'i:' .. dimension .. ':' .. ARGV[at + 1 + i], order, member)
    end
    redis.call('ZADD', P .. 'i:all', order, member)
    redis.call('ZADD', P .. 'expiring', ARGV[at + 11], id)
    place(id)
    changed(id)
    kept = kept + 1
  end
end
return kept
