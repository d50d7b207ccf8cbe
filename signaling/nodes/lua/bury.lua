-- Take out the members of dead nodes that have come back nowhere in time.
local bad = guard()
if bad then return bad end
local batch = unpack(cmsgpack.unpack(ARGV[5]))
if restoring() then return 'OK' end
local due = redis.call('ZRANGEBYSCORE', key('graves'), '-inf', now(), 'LIMIT', 0, batch)
for _, grave in ipairs(due) do
  redis.call('ZREM', key('graves'), grave)
  local name, peer, sid, corpse = unpack(cmsgpack.unpack(grave))
  local room = load(name)
  local member = find(room, peer, sid)
  if member and life(member) == corpse and is_dead(member) then
    take_out(room, member, 'lost', '', '', true)
    save(room)
  end
end
send()
return #due == batch and 'MORE' or 'OK'
