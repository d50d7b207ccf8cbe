-- Note that a player has left; with the last one the match is over.
if is_other() then return 'CHANGED' end
local match, sid, reason = unpack(ARGS)

local function claim_with()
  local claim = find_claim(match)
  if not claim or player_of(claim, sid) then return claim end
  for _, name in ipairs(claim.joining) do
    local joining = find_claim(name)
    if player_of(joining, sid) then return joining end
  end
  return nil
end

local claim = claim_with()
if not claim then return 'OK' end
local ticket = player_of(claim, sid)[TICKET]
if not claim.began then
  abort(claim, {[ticket] = 'lost'}, 'lost')
  return send()
end
claim.left[sid] = reason
if #staying(claim) > 0 then
  note_begun(claim)
else
  close_match(claim)
  tell(NODE, 'over', sid, ticket, 'abandoned', match, 'null', leavers(claim))
end
return send()
