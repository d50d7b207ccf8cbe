-- Know again of a match that runs, which one of its nodes tells after everything was lost.
if is_other() then return 'CHANGED' end
local match, beginning, body, teams, tickets, left = unpack(ARGS)
if redis.call('HEXISTS', key('mx'), match) == 1 or is_over(match) then return 'OK' end
local claim = list_players(begin(match, beginning), tickets)
claim.began = true
local waits = {}
for _, ticket in ipairs(tickets) do
  if holder(ticket[ID]) or redis.call('HEXISTS', key('g'), ticket[ID]) == 1 then return 'OK' end
  if redis.call('HEXISTS', key('t'), ticket[ID]) == 1 then waits[#waits + 1] = ticket[ID] end
end
for _, each in ipairs(left) do claim.left[each[1]] = each[2] end
save_match(claim, {beginning, body, teams, tickets})
if #waits > 0 then leave(waits) end
for _, ticket in ipairs(tickets) do hold(ticket[ID], match) end
note_begun(claim)
for _, player in ipairs(staying(claim)) do
  for _, id in ipairs(waits) do
    if player[TICKET] == id then tell_started(claim, player[AT], {player[SID]}, false) end
  end
end
return send()
