-- The member's new node hears all about the room, or that the member is out of it.
local bad = guard()
if bad then return bad end
local name, peer, sid = unpack(cmsgpack.unpack(ARGV[5]))
local room = load(name)
local member = find(room, peer, sid)
if not member then
  to(NODE, {'departed', name, peer, sid, 'closed', room and room.rev or 0, '', '', false})
  send()
  return 'OK'
end
local told = {}
for _, other in pairs(room.members) do told[other[AT]] = true end
member[AT], member[LIFE] = NODE, INCARNATION
local rev = bump(room)
to(NODE, resynced(room))
for node in pairs(told) do
  if node ~= NODE then to(node, {'moved', name, peer, sid, NODE, rev}) end
end
save(room)
send()
return 'OK'
