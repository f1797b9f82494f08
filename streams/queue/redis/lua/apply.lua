-- Keep every revision that is newer than what is kept. ARGV: revisions as MessagePack; returns how many were kept.
local kept = 0
local before = purged()
for _, entry in ipairs(cmsgpack.unpack(ARGV[1])) do
  local id, revision, order, member = entry[1], entry[2], entry[10], entry[13]
  local old = read(id, 'revision')[1]
  local refused = erased(entry[14]) or (old and tonumber(old) >= revision)
  if not refused and not old and entry[12] < before then
    remember(entry[9], id)
  elseif not refused then
    local key = P .. 'r:' .. id
    if old then
      forget(id)
    else
      redis.call('HSET', key, 'claimed_by', '', 'lease_until', 0, 'snoozed_until', 0, 'outcome', '', 'closed', 0)
    end
    redis.call('HSET', key, 'id', id, 'revision', revision, 'order', order, 'not_before', entry[11],
      'expires', entry[12], 'member', member, 'body', entry[15])
    for i, dimension in ipairs(INDEXED) do
      redis.call('HSET', key, dimension, entry[2 + i])
      redis.call('ZADD', P .. 'i:' .. dimension .. ':' .. entry[2 + i], order, member)
    end
    redis.call('ZADD', P .. 'i:all', order, member)
    redis.call('ZADD', P .. 'expiring', entry[12], id)
    place(id)
    changed(id)
    kept = kept + 1
  end
end
return kept
