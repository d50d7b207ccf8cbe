-- End tickets that still are as the leader knows them.
local epoch, outcome, tickets = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
for _, each in ipairs(tickets) do
  local id, stamp = unpack(each)
  local stored = redis.call('HGET', key('t'), id)
  if stored and tonumber(stamp_of(stored)) == stamp then
    leave({id})
    finish_ticket(unpacked(record_of(stored)), outcome)
  end
end
return send()
