local bad = guard()
if bad then return bad end
local name, peer, sid, state, grace = unpack(cmsgpack.unpack(ARGV[5]))
local room = load(name)
local member = find(room, peer, sid)
if member and member[STATE] ~= state then
  member[STATE] = state
  to_all(room, {'marked', name, peer, sid, state, bump(room), grace})
  save(room)
  send()
end
return 'OK'
