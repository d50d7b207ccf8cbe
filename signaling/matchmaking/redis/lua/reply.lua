-- Hear a player: with the last yes the match begins, with the first no it comes to nothing.
if is_other() then return 'CHANGED' end
local match, id, generation, sid, accepted, absent, request = unpack(ARGS)

local claim = claim_of(id)
local function is_of()
  if not claim or claim.match ~= match then return false end
  for _, player in ipairs(claim.players) do
    if player[TICKET] == id and player[SID] == sid then return claim.generations[id] == generation end
  end
  return false
end

local function accept()
  if claim.yes[sid] then return end
  claim.yes[sid] = true
  local players, count = staying(claim), 0
  for _ in pairs(claim.yes) do count = count + 1 end
  if ASKS then
    for _, player in ipairs(players) do
      tell(player[AT], 'accepted', player[SID], match, count, #players)
    end
  end
  save_claim(claim)
  if count == #players then start(claim) end
end

if not is_of() then
  refuse(sid, 404, 'there is no such match to answer to', request)
  return send()
end
done(sid, request)
if not claim.began then
  if accepted then
    accept()
  else
    local outcome = absent and 'lost' or 'declined'
    abort(claim, {[id] = outcome}, outcome)
  end
end
return send()
