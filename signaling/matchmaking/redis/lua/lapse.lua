-- Give up claims whose time is over: whoever said nothing is dropped.
local epoch, ids = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
local outcome = ASKS and 'declined' or 'lost'
for _, id in ipairs(ids) do
  local claim = find_claim(id)
  if claim and not claim.began then
    local silent, why = {}, 'closed'
    for _, player in ipairs(staying(claim)) do
      if not claim.yes[player[SID]] then
        silent[player[TICKET]] = outcome
        why = outcome
      end
    end
    abort(claim, silent, why)
  end
end
return send()
