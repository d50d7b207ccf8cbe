-- Mark the members of a dead node as gone, some rooms at a time.
local bad = guard()
if bad then return bad end
local corpse, grace, batch = unpack(cmsgpack.unpack(ARGV[5]))
if restoring() then return 'OK' end
local node, incarnation = string.match(corpse, '^(.*):(%d+)$')
if redis.call('HGET', key('nodes'), node) == incarnation then
  local expires = tonumber(redis.call('ZSCORE', key('leases'), node) or 0)
  if expires > now() then return 'OK' end
  redis.call('HDEL', key('nodes'), node)
  redis.call('HDEL', key('stamps'), node)
  redis.call('HDEL', key('told'), node)
  redis.call('ZREM', key('leases'), node)
  redis.call('SREM', key('pending'), node)
  redis.call('SADD', key('corpses'), corpse)
end
for _, name in ipairs(redis.call('SPOP', key('rooms:' .. corpse), batch)) do
  local room = load(name)
  if room then
    for _, member in ipairs(oldest_first(room)) do
      if life(member) == corpse then
        local grave = cmsgpack.pack({name, member[PEER], member[SID], corpse})
        redis.call('ZADD', key('graves'), now() + grace * 1000, grave)
        if member[STATE] ~= 'gone' then
          member[STATE] = 'gone'
          local rev = bump(room)
          to_all(room, {'marked', name, member[PEER], member[SID], 'gone', rev, grace})
        end
      end
    end
    save(room)
  end
end
send()
if redis.call('EXISTS', key('rooms:' .. corpse)) == 0 then
  redis.call('SREM', key('corpses'), corpse)
  return 'OK'
end
return 'MORE'
