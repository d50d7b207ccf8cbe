-- Note that a player's connection is lost, or there again.
if is_other() then return 'CHANGED' end
local id, sid, paused = unpack(ARGS)
local ticket, name = find_ticket(id), redis.call('HGET', key('g'), id)
if ticket then
  ticket[AWAY] = with(ticket[AWAY], sid, paused)
  put(ticket)
elseif name then
  local party = find_party(name)
  party.away = with(party.away, sid, paused)
  save_party(name, party)
else
  local claim = claim_of(id)
  if claim then
    local match = match_of(claim)
    for _, each in ipairs(match[TICKETS]) do
      if each[ID] == id then each[AWAY] = with(each[AWAY], sid, paused) end
    end
    save_match(claim, match)
  end
end
return send()
