-- Open seats in the place of what was open before; no seats shut it.
if is_other() then return 'CHANGED' end
local id, match, sid, has_seats, body, request = unpack(ARGS)
local claim = running_with(match, sid, request)
if not claim then return send() end
if not may_decide(claim, sid) then
  refuse(sid, 403, 'the host alone opens seats', request)
  return send()
end
local generation = 1
if claim.open ~= '' then
  generation = unpacked(record_of(redis.call('HGET', key('o'), claim.open)))[2] + 1
  shut(claim)
end
if has_seats then open_seats(claim, {id, generation, match, claim.room, body}) end
done(sid, request)
return send()
