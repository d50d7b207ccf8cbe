-- End parties whose players have not all come in time.
local epoch, names = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
for _, name in ipairs(names) do
  local party = find_party(name)
  if party and party['until'] <= NOW then fall_apart(name, party, 'expired') end
end
return send()
