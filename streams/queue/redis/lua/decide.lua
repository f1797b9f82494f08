-- Count decisions. ARGV: decisions as MessagePack, how many settled ones to keep.
local function count(day, cell, by)
  redis.call('HINCRBY', P .. 'tallies', cell, by)
  redis.call('HINCRBY', P .. 'tallies:' .. day, cell, by)
end

local function drop(id)
  local f = redis.call('HMGET', P .. 'd:' .. id, 'reason', 'customer')
  redis.call('ZREM', P .. 'decisions', id)
  redis.call('ZREM', P .. 'decisions:reason:' .. f[1], id)
  redis.call('SREM', P .. 'decisions:of:' .. f[2], id)
  redis.call('DEL', P .. 'd:' .. id)
end

local function decide(id, customer, mark, day, trigger, reason, status, decided, final, body)
  local key = P .. 'd:' .. id
  local old = redis.call('HMGET', key, 'decided', 'status', 'day', 'trigger', 'reason')
  if old[1] then
    if tonumber(old[1]) > decided or (status == 'held' and old[2] ~= 'held') then return end
    day, trigger = old[3], old[4]
    count(day, trigger .. '|' .. old[5] .. '|' .. old[2], -1)
    redis.call('ZREM', P .. 'decisions:reason:' .. old[5], id)
  else
    redis.call('HINCRBY', P .. 'candidates', trigger, 1)
    redis.call('HINCRBY', P .. 'candidates:' .. day, trigger, 1)
  end
  if erased(mark) then customer, body = '', '' end
  count(day, trigger .. '|' .. reason .. '|' .. status, 1)
  redis.call('HSET', key, 'customer', customer, 'day', day, 'trigger', trigger, 'reason', reason, 'status', status,
    'decided', decided, 'body', body)
  local sequence = next_place()
  if body ~= '' then
    redis.call('SADD', P .. 'decisions:of:' .. customer, id)
    redis.call('ZADD', P .. 'decisions', sequence, id)
    redis.call('ZADD', P .. 'decisions:reason:' .. reason, sequence, id)
  end
  if final == 1 then
    redis.call('ZADD', P .. 'decisions:final', sequence, id)
  else
    redis.call('ZREM', P .. 'decisions:final', id)
  end
end

for _, cell in ipairs(cmsgpack.unpack(ARGV[1])) do decide(unpack(cell)) end
local excess = redis.call('ZCARD', P .. 'decisions:final') - tonumber(ARGV[2])
if excess > 0 then
  local oldest = redis.call('ZPOPMIN', P .. 'decisions:final', excess)
  for i = 1, #oldest, 2 do drop(oldest[i]) end
end
return excess
