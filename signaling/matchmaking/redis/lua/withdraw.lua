-- Take a ticket out; of a match that is not agreed to yet as well, which then comes to nothing.
if is_other() then return 'CHANGED' end
local id, sid, outcome, request = unpack(ARGS)
local ticket, name = find_ticket(id), redis.call('HGET', key('g'), id)
if ticket then
  leave({id})
  finish_ticket(ticket, outcome)
elseif name then
  fall_apart(name, find_party(name), outcome)
else
  local claim = claim_of(id)
  if not claim then
    refuse(sid, 404, 'no such ticket waits', request)
    return send()
  elseif claim.began then
    refuse(sid, 409, 'its match has begun', request)
    return send()
  end
  abort(claim, {[id] = outcome}, outcome)
end
done(sid, request)
return send()
