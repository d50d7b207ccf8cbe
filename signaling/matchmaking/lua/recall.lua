-- Know again of a match that runs, which one of its nodes tells after everything was lost.
if is_other() then return 'CHANGED' end
local match, body, room, host, accept_by, teams, tickets, left = unpack(ARGS)
if redis.call('EXISTS', key('m:' .. match)) == 1 or is_over(match) then return 'OK' end
local claim = {id = match, match = match, room = room, host = host, accept_by = accept_by, began = true,
               players = {}, generations = {}, teams = teams, yes = {}, left = {}, open = '',
               joining = {}, opening = {}, remainder = ''}
local waits = {}
for _, ticket in ipairs(tickets) do
  local is_elsewhere = redis.call('HEXISTS', key('w'), ticket[ID]) + redis.call('HEXISTS', key('g'), ticket[ID])
  if is_elsewhere > 0 then return 'OK' end
  if redis.call('HEXISTS', key('t'), ticket[ID]) == 1 then waits[#waits + 1] = ticket[ID] end
  claim.generations[ticket[ID]] = ticket[GENERATION]
  for _, player in ipairs(ticket[PLAYERS]) do
    table.insert(claim.players, {player[SID], player[AT], player[PEER], ticket[ID]})
  end
end
for _, each in ipairs(left) do claim.left[each[1]] = each[2] end
redis.call('HSET', key('m:' .. match), 'b', body)
save_tickets(claim, tickets)
if #waits > 0 then leave(waits) end
for _, ticket in ipairs(tickets) do redis.call('HSET', key('w'), ticket[ID], match) end
note_begun(claim)
for _, player in ipairs(staying(claim)) do
  for _, id in ipairs(waits) do
    if player[TICKET] == id then tell_started(claim, player[AT], {player[SID]}, whole(claim), false) end
  end
end
return send()
