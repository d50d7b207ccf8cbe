-- Renew the lease of a node, and that of the leader if it is this one or nobody leads.
local process, wants, estimate, lease, new_store = unpack(ARGS)
redis.call('SET', key('store'), new_store, 'NX')
local store = redis.call('GET', key('store'))
if redis.call('HGET', key('process'), NODE) ~= process then
  redis.call('HSET', key('process'), NODE, process)
  redis.call('HSET', key('born'), NODE, next_stamp())
  redis.call('DEL', key('out:' .. NODE))
  redis.call('HSET', key('told'), NODE, 0)
end
redis.call('ZADD', key('lives'), NOW + lease, NODE)
redis.call('ZREMRANGEBYSCORE', key('over'), '-inf', NOW)

local me, is_leader = NODE .. ' ' .. process, false
local leader, epoch, ends = unpack(redis.call('HMGET', key('lead'), 'leader', 'epoch', 'until'))
epoch, ends = tonumber(epoch or 0), tonumber(ends or 0)
if wants and (leader == me or ends <= NOW) then
  is_leader = true
  if leader ~= me or ends <= NOW then epoch = math.max(epoch + 1, math.floor(NOW * 1000000)) end
  redis.call('HSET', key('lead'), 'leader', me, 'epoch', epoch, 'until', NOW + lease, 'estimate', estimate)
end
local lives, found = {}, redis.call('ZRANGE', key('lives'), 0, -1, 'WITHSCORES')
for i = 1, #found, 2 do
  local born = tonumber(redis.call('HGET', key('born'), found[i]) or 0)
  lives[#lives + 1] = {found[i], tonumber(found[i + 1]), born}
end
return pack({store, NOW, is_leader and epoch or 0, lives})
