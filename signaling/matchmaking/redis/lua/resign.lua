-- Give up the lease of a node that goes, and of the leader if it is it.
local process = unpack(ARGS)
if redis.call('HGET', key('process'), NODE) == process then
  redis.call('HDEL', key('process'), NODE)
  redis.call('HDEL', key('born'), NODE)
  redis.call('HDEL', key('told'), NODE)
  redis.call('ZREM', key('lives'), NODE)
  redis.call('DEL', key('out:' .. NODE))
end
if redis.call('HGET', key('lead'), 'leader') == NODE .. ' ' .. process then
  redis.call('HSET', key('lead'), 'leader', '', 'until', 0)
end
return 'OK'
