-- Read one item, or change the work on it. ARGV: verb, id, by, now, moment, outcome. Returns {'ok', item} or {code}.
local verb, id, by, now, moment, outcome = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local f = read(id, 'status', 'closed', 'claimed_by', 'lease_until', 'snoozed_until')
if not f[1] then return {'unknown'} end
local leased = tonumber(f[4]) > now

if verb == 'get' then return {'ok', shown(id)} end
if verb == 'tell' then
  local closed = (f[2] == '1' or moment == '') and 1 or 0
  local again = moment == '' and f[5] or moment
  local told = read(id, 'trigger', 'outcome')
  if told[2] ~= '' then redis.call('HINCRBY', P .. 'outcomes', told[1] .. '|' .. told[2], -1) end
  redis.call('HINCRBY', P .. 'outcomes', told[1] .. '|' .. outcome, 1)
  return change(id, 'claimed_by', '', 'lease_until', 0, 'snoozed_until', again, 'outcome', outcome, 'closed', closed)
end
if verb == 'snooze' then
  if f[1] ~= 'released' or f[2] == '1' then return {'NOT_OPEN'} end
  if leased and f[3] ~= by then return {'HELD_BY_ANOTHER'} end
  return change(id, 'claimed_by', '', 'lease_until', 0, 'snoozed_until', moment)
end
if f[3] ~= by or not leased then return {'NOT_HELD'} end
if verb == 'renew' then return change(id, 'claimed_by', by, 'lease_until', moment, 'snoozed_until', 0) end
return change(id, 'claimed_by', '', 'lease_until', 0)
