-- Hand out work. ARGV: now, lease end, by, count, desk, owner, id (empty: not limited). Returns {'ok', item, item ...}.
local now, until_, by, count = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local desk, owner, wanted = ARGV[5], ARGV[6], ARGV[7]
local handed = {'ok'}

local function lease(id)
  handed[#handed + 1] = change(id, 'claimed_by', by, 'lease_until', until_, 'snoozed_until', 0)[2]
end

local function free(id)
  local f = read(id, 'not_before', 'expires', 'lease_until', 'snoozed_until', 'status', 'closed')
  return f[5] == 'released' and f[6] == '0' and tonumber(f[1]) <= now and tonumber(f[2]) > now
    and tonumber(f[3]) <= now and tonumber(f[4]) <= now
end

local function take(name)
  local skipped = 0
  while #handed <= count do
    local members = redis.call('ZRANGE', name, skipped, skipped + count - #handed)
    if #members == 0 then return end
    for _, member in ipairs(members) do
      local id = string.sub(member, 13)
      if free(id) then
        lease(id)
      elseif tonumber(read(id, 'expires')[1]) <= now then
        withdraw(id)
      else
        skipped = skipped + 1
      end
    end
  end
end

if wanted ~= '' then
  local f = read(wanted, 'status', 'closed', 'claimed_by', 'lease_until', 'not_before', 'expires')
  if not f[1] then return {'unknown'} end
  if f[1] ~= 'released' or f[2] == '1' then return {'NOT_OPEN'} end
  if tonumber(f[4]) > now and f[3] ~= by then return {'HELD_BY_ANOTHER'} end
  if tonumber(f[5]) > now or tonumber(f[6]) <= now then return {'OUTSIDE_WINDOW'} end
  lease(wanted)
  return handed
end

while settle(now) == 1000 do end
local mine = owner == '' and by or owner
take(desk == '' and P .. 'ready:o:' .. mine or P .. 'ready:do:' .. #desk .. ':' .. desk .. ':' .. mine)
if owner == '' then take(desk == '' and P .. 'ready' or P .. 'ready:d:' .. desk) end
return handed
