-- Tell a node all about a room; of one that is no more, that nobody is in it.
local bad = guard()
if bad then return bad end
local name, asked = unpack(cmsgpack.unpack(ARGV[5]))
local room = load(name) or new_room(name, asked)
to(NODE, resynced(room))
send()
return 'OK'
