-- Put before every script. KEYS[1] is the prefix of all keys; it holds a hash tag, so a Redis cluster keeps them together.
local P = KEYS[1]
local INDEXED = {'status', 'desk', 'owner', 'trigger', 'class', 'channel', 'customer'}

local function read(id, ...)
  return redis.call('HMGET', P .. 'r:' .. id, ...)
end

-- The ready queues an item stands in: everybody's, its desk's, its owner's, and its owner's at its desk.
local function queues(desk, owner)
  local names = {P .. 'ready'}
  if desk ~= '' then names[#names + 1] = P .. 'ready:d:' .. desk end
  if owner ~= '' then names[#names + 1] = P .. 'ready:o:' .. owner end
  if desk ~= '' and owner ~= '' then names[#names + 1] = P .. 'ready:do:' .. #desk .. ':' .. desk .. ':' .. owner end
  return names
end

-- What people see of an item: names and values, one after the other.
local SHOWN = {'body', 'claimed_by', 'lease_until', 'snoozed_until', 'outcome', 'closed'}

local function shown(id)
  local found = {}
  for i, value in ipairs(read(id, unpack(SHOWN))) do
    found[2 * i - 1] = SHOWN[i]
    found[2 * i] = value
  end
  return found
end

local function withdraw(id)
  local f = read(id, 'member', 'desk', 'owner', 'claimed_by')
  redis.call('ZREM', P .. 'waiting', id)
  for _, name in ipairs(queues(f[2], f[3])) do redis.call('ZREM', name, f[1]) end
  if f[4] ~= '' then redis.call('ZREM', P .. 'i:claimed_by:' .. f[4], f[1]) end
end

-- Everything workable waits for its moment; settle() moves what is due into the ready queues.
local function place(id)
  local f = read(id, 'status', 'closed', 'not_before', 'lease_until', 'snoozed_until', 'member', 'claimed_by', 'order')
  if f[7] ~= '' then redis.call('ZADD', P .. 'i:claimed_by:' .. f[7], f[8], f[6]) end
  if f[1] == 'released' and f[2] == '0' then
    redis.call('ZADD', P .. 'waiting', math.max(tonumber(f[3]), tonumber(f[4]), tonumber(f[5])), id)
  end
end

local function settle(now)
  local due = redis.call('ZRANGEBYSCORE', P .. 'waiting', '-inf', now, 'LIMIT', 0, 1000)
  for _, id in ipairs(due) do
    local f = read(id, 'member', 'order', 'desk', 'owner')
    redis.call('ZREM', P .. 'waiting', id)
    for _, name in ipairs(queues(f[3], f[4])) do redis.call('ZADD', name, f[2], f[1]) end
  end
  return #due
end

local function forget(id)
  local names = read(id, unpack(INDEXED))
  local member = read(id, 'member')[1]
  withdraw(id)
  for i, dimension in ipairs(INDEXED) do redis.call('ZREM', P .. 'i:' .. dimension .. ':' .. names[i], member) end
  redis.call('ZREM', P .. 'i:all', member)
  redis.call('ZREM', P .. 'changes', id)
  redis.call('ZREM', P .. 'expiring', id)
end

-- The next place in the stream of changes: the microseconds of the wall clock, or one after the last. Who follows a Redis
-- that came back empty, or as it was some time ago, is behind the new places, not ahead of them.
local function next_place()
  local now = redis.call('TIME')
  local last = tonumber(redis.call('GET', P .. 'sequence') or 0)
  local place = string.format('%.0f', math.max(last + 1, now[1] * 1000000 + now[2]))
  redis.call('SET', P .. 'sequence', place)
  return place
end

local function changed(id)
  redis.call('ZADD', P .. 'changes', next_place(), id)
end

local function change(id, ...)
  withdraw(id)
  redis.call('HSET', P .. 'r:' .. id, ...)
  place(id)
  changed(id)
  return {'ok', shown(id)}
end

-- The moment before which nothing new that expired is taken in.
local function purged()
  return tonumber(redis.call('GET', P .. 'purged') or 0)
end

-- What was purged still lies on Kafka: its id is kept for the day on which its customer is to be erased.
local function remember(customer, id)
  redis.call('SADD', P .. 'purged:of:' .. customer, id)
end

local function erased(mark)
  return redis.call('SISMEMBER', P .. 'erased', mark) == 1
end
