local bad = guard()
if bad then return bad end
local name, peer, sid, role, subject, meta, asked, request, instead_of, duplicates, opener_is_host =
  unpack(cmsgpack.unpack(ARGV[5]))

local function turn(code, retry_after)
  to(NODE, {'turned', name, sid, code, request, retry_after})
  send()
  return 'OK'
end

local function let_in(room, opened)
  local since = bump(room)
  local member = {peer, sid, NODE, role, 'here', subject, since, meta, INCARNATION}
  room.members[peer] = member
  to(NODE, {'entered', name, shown(member), members(room, peer), terms(room), since, request, opened})
  local told = {[NODE] = true}
  for _, other in pairs(room.members) do
    if not told[other[AT]] then
      told[other[AT]] = true
      to(other[AT], {'arrived', name, shown(member), since})
    end
  end
  save(room)
  send()
  return 'OK'
end

if restoring() then return turn(503, 1) end
local room = load(name)
if room == nil then
  if opener_is_host then role = 'host' end
  if asked[1] < 1 then return turn(417, -1) end
  if asked[2] == 'star' and role ~= 'host' then return turn(404, 1) end
  return let_in(new_room(name, asked), true)
end

local present = find(room, peer, sid)
if present then
  to(NODE, {'entered', name, shown(present), members(room, peer), terms(room), room.rev, request,
            false})
  send()
  return 'OK'
end
if room.key ~= asked[3] then return turn(403, -1) end
if room.locked and role ~= 'host' then return turn(423, -1) end

local replaced = {}
for _, other in ipairs(oldest_first(room)) do
  local same = subject ~= '' and other[SUBJECT] == subject
  if other[SID] == instead_of or (same and duplicates == 'replace') then
    table.insert(replaced, other)
  elseif other[PEER] == peer then
    if not is_dead(other) then return turn(409, -1) end
    table.insert(replaced, other)
  elseif same and duplicates == 'reject' then
    return turn(409, -1)
  end
end
if count(room) - #replaced >= room.max then return turn(417, -1) end
for _, other in ipairs(replaced) do
  local same = subject ~= '' and other[SUBJECT] == subject
  if other[ROLE] == 'host' and (other[SID] == instead_of or same) then role = 'host' end
  depart(room, other, 'replaced', '', '', false)
end
return let_in(room, false)
