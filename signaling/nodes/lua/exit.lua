local bad = guard()
if bad then return bad end
local name, peer, sid, reason, by, msg, heir = unpack(cmsgpack.unpack(ARGV[5]))
local room = load(name)
local member = find(room, peer, sid)
if member then
  take_out(room, member, reason, by, msg, heir)
  save(room)
  send()
end
return 'OK'
