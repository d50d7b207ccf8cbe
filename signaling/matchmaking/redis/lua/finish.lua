-- End a match with its result, which its host tells, or who is left when the host has gone.
if is_other() then return 'CHANGED' end
local match, sid, result, request = unpack(ARGS)
local claim = running_with(match, sid, request)
if not claim then return send() end
if not may_decide(claim, sid) then
  refuse(sid, 403, 'the host alone tells the result', request)
  return send()
end
done(sid, request)
close_match(claim)
local left = leavers(claim)
for _, player in ipairs(staying(claim)) do
  tell(player[AT], 'over', player[SID], player[TICKET], 'finished', match, result, left)
end
return send()
