-- Shut openings whose time is over, if they still are as the leader knows them.
local epoch, openings = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
for _, each in ipairs(openings) do
  local id, stamp = unpack(each)
  local stored = redis.call('HGET', key('o'), id)
  if stored and tonumber(stamp_of(stored)) == stamp then shut(find_claim(unpacked(record_of(stored))[3])) end
end
return send()
