local bad = guard()
if bad then return bad end
local name, peer, sid, meta = unpack(cmsgpack.unpack(ARGV[5]))
local room = load(name)
local member = find(room, peer, sid)
if member then
  member[META] = meta
  to_all(room, {'revised', name, peer, sid, meta, bump(room)})
  save(room)
  send()
end
return 'OK'
