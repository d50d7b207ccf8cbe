-- A node has said all it knows; when all have, or after a while, the rooms are open.
local bad = guard()
if bad then return bad end
redis.call('SREM', key('pending'), NODE)
if redis.call('SCARD', key('pending')) == 0 then redis.call('DEL', key('restoring')) end
return 'OK'
