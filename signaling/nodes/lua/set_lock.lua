local bad = guard()
if bad then return bad end
local name, peer, sid, locked = unpack(cmsgpack.unpack(ARGV[5]))
local room = load(name)
local member = find(room, peer, sid)
if member and member[ROLE] == 'host' and room.locked ~= locked then
  room.locked = locked
  to_all(room, {'lock_set', name, locked, peer, bump(room)})
  save(room)
  send()
end
return 'OK'
