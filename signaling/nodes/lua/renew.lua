-- A node lives; it hears which others do, and whose remains are to be cleared away.
local bad = guard()
if bad then return {bad} end
local ttl, stamp = unpack(cmsgpack.unpack(ARGV[5]))
redis.call('ZADD', key('leases'), now() + ttl, NODE)
local living, dead, due = {}, {}, 0
local nodes = redis.call('HGETALL', key('nodes'))
for i = 1, #nodes, 2 do
  local expires = tonumber(redis.call('ZSCORE', key('leases'), nodes[i]) or 0)
  if expires > now() then
    living[#living + 1] = nodes[i]
  else
    dead[#dead + 1] = nodes[i] .. ':' .. nodes[i + 1]
  end
end
for _, corpse in ipairs(redis.call('SMEMBERS', key('corpses'))) do dead[#dead + 1] = corpse end
due = redis.call('ZCOUNT', key('graves'), '-inf', now())
local told = tonumber(redis.call('HGET', key('told'), NODE) or 0)
redis.call('PUBLISH', key('inbox:' .. NODE), cmsgpack.pack({'beat', stamp, told}))
return {'OK', restoring() and 1 or 0, due, living, dead}
