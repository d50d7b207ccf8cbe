-- Forget a node that has been dead for long and has nobody here.
local epoch, node = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
redis.call('HDEL', key('process'), node)
redis.call('HDEL', key('born'), node)
redis.call('HDEL', key('told'), node)
redis.call('ZREM', key('lives'), node)
redis.call('DEL', key('out:' .. node))
return 'OK'
