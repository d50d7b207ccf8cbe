-- A node goes of its own accord.
local bad = guard()
if bad then return bad end
redis.call('HDEL', key('nodes'), NODE)
redis.call('HDEL', key('stamps'), NODE)
redis.call('HDEL', key('told'), NODE)
redis.call('ZREM', key('leases'), NODE)
redis.call('SREM', key('pending'), NODE)
local corpse = NODE .. ':' .. INCARNATION
if redis.call('EXISTS', key('rooms:' .. corpse)) == 1 then
  redis.call('SADD', key('corpses'), corpse)
end
return 'OK'
