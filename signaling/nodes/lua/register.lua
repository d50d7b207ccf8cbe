-- A node comes, or comes again; where the server is another than before, the rooms are restored.
local former, stamp, ttl, roster = unpack(cmsgpack.unpack(ARGV[5]))
local run = redis.call('GET', key('run'))
if run ~= RUN then
  redis.call('SET', key('run'), RUN)
  local known = redis.call('HKEYS', key('nodes'))
  for _, node in ipairs(known) do redis.call('ZADD', key('leases'), now() + ttl, node) end
  for _, node in ipairs(roster) do known[#known + 1] = node end
  if #known > 0 then
    redis.call('DEL', key('pending'))
    redis.call('SADD', key('pending'), unpack(known))
    redis.call('SET', key('restoring'), 1, 'PX', ttl)
  end
end
local present = redis.call('HGET', key('nodes'), NODE)
local incarnation = present
if present and present ~= former then
  local expires = tonumber(redis.call('ZSCORE', key('leases'), NODE) or 0)
  if expires > now() then return {'TAKEN', expires - now()} end
  redis.call('SADD', key('corpses'), NODE .. ':' .. present)
end
if not present or present ~= former then
  local time = redis.call('TIME')
  local instant = time[1] * 1000000 + time[2]
  incarnation = string.format('%.0f', math.max(instant, tonumber(present or 0) + 1))
end
redis.call('HSET', key('nodes'), NODE, incarnation)
redis.call('HSET', key('stamps'), NODE, stamp)
redis.call('HSET', key('told'), NODE, 0)
redis.call('ZADD', key('leases'), now() + ttl, NODE)
local rooms = redis.call('SMEMBERS', key('rooms:' .. NODE .. ':' .. incarnation))
return {'OK', incarnation, rooms}
