-- A node says again which members it has in a room, after it or the server was away.
local bad = guard()
if bad then return bad end
local name, known, asked, own, lives, spared = unpack(cmsgpack.unpack(ARGV[5]))
local again = restoring()
local room = load(name)
if room == nil then
  if #own == 0 then return 'OK' end
  room = new_room(name, asked)
end
local changed, host_lost, mine, former = again, false, {}, {}
for _, each in ipairs(lives) do former[each] = true end
former[INCARNATION] = true
for _, sid in ipairs(spared) do mine[sid] = true end

for _, member in ipairs(own) do
  mine[member[SID]] = true
  local present = room.members[member[PEER]]
  local wins = present == nil or present[SID] == member[SID] or is_dead(present)
  if present and present[SID] == member[SID] and present[AT] ~= NODE then wins = is_dead(present) end
  if not wins and again and present[SID] ~= member[SID] then wins = by_age(member, present) end
  if wins then
    if present and present[SID] == member[SID] then member[ROLE] = present[ROLE] end
    member[AT], member[LIFE] = NODE, INCARNATION
    local before = present and cmsgpack.pack(present)
    if before ~= cmsgpack.pack(member) then changed = true end
    room.members[member[PEER]] = member
  end
end
for peer, member in pairs(room.members) do
  if member[AT] == NODE and former[member[LIFE]] and not mine[member[SID]] then
    room.members[peer] = nil
    host_lost = host_lost or member[ROLE] == 'host'
    changed = true
  end
end
if room.rev < known then
  room.rev = known
  changed = true
end
if changed then
  bump(room)
  if host_lost and room.topology == 'mesh' and count(room) > 0 and not has_host(room) then
    oldest_first(room)[1][ROLE] = 'host'
  end
  if not again then to_all(room, resynced(room)) end
  save(room)
  send()
end
return 'OK'
