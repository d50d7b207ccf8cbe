-- Note that a player is on another node, and tell that node how its ticket stands.
if is_other() then return 'CHANGED' end
local id, sid, node = unpack(ARGS)
local ticket, name, claim = find_ticket(id), redis.call('HGET', key('g'), id), claim_of(id)
local brought = 'OK'
if ticket then
  move(ticket[PLAYERS], sid, node)
  put(ticket)
  say_queued(node, sid, id, ticket[GENERATION], -1, 0)
  brought = pack(ticket)
elseif name then
  local party = find_party(name)
  for _, part in ipairs(party.parts) do
    move(part[PLAYERS], sid, node)
    if part[PLAYERS][1][SID] == sid then brought = pack(part) end
  end
  save_party(name, party)
  local first = party.parts[1]
  say_queued(node, sid, first[ID], first[GENERATION], -1, party.size - #party.parts)
elseif claim then
  local match = match_of(claim)
  for _, each in ipairs(match[TICKETS]) do
    if each[ID] == id then move(each[PLAYERS], sid, node) end
  end
  save_match(claim, match)
  for _, player in ipairs(claim.players) do
    if player[SID] == sid then player[AT] = node end
  end
  if claim.began then note_begun(claim) else save_claim(claim) end
  ask_again(claim, sid)
else
  tell_over(NODE, sid, id, 'lost')
end
send()
return brought
