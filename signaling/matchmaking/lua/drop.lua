-- End tickets that still are as the leader knows them.
local epoch, outcome, tickets = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
for _, each in ipairs(tickets) do
  local id, stamp = unpack(each)
  local stored = redis.call('HGET', key('t'), id)
  if stored then
    local known, record = split(stored)
    if known == stamp then
      leave({id})
      finish_ticket(unpacked(record), outcome)
    end
  end
end
return send()
