-- Take tickets for a match: all of them, or none, once, and only for who leads.
if is_other() then return 'FENCED' end
local epoch, id, match, room, host, accept_by, body, ids, stamps, teams, opening, opening_stamp, remainder =
  unpack(ARGS)
if redis.call('EXISTS', key('m:' .. id)) == 1 or is_over(id) then return 'ALREADY' end
if not leads(epoch) then return 'FENCED' end
local claim = {id = id, match = match, room = room, host = host, accept_by = accept_by, began = false,
               players = {}, generations = {}, teams = teams, yes = {}, left = {}, open = '',
               joining = {}, opening = {}, remainder = remainder}

local records = {}
for place, stored in ipairs(redis.call('HMGET', key('t'), unpack(ids))) do
  local stamp, record
  if stored then stamp, record = split(stored) end
  if stamp ~= stamps[place] then return place - 1 end
  records[place] = record
end

if opening_stamp > 0 then
  local stored = redis.call('HGET', key('o'), opening)
  local stamp, record
  if stored then stamp, record = split(stored) end
  if stamp ~= opening_stamp then return #ids end
  claim.opening = unpacked(record)
  local running = find_claim(match)
  redis.call('HDEL', key('o'), opening)
  running.open = ''
  table.insert(running.joining, id)
  save_claim(running)
  note('shut', opening)
end

local where = {}
for place, record in ipairs(records) do
  -- the first five of the record's seven: not what a player asked for, which no script looks into
  local _, _, generation, _, _, players = cmsgpack.unpack_limit(record, 5, 1)
  claim.generations[ids[place]] = generation
  for _, player in ipairs(players) do
    claim.players[#claim.players + 1] = {player[SID], player[AT], player[PEER], ids[place]}
  end
  where[#where + 1] = ids[place]
  where[#where + 1] = id
end
local tickets = array(records)
redis.call('HSET', key('m:' .. id), 'h', pack(claim), 'b', body, 't', tickets)
leave(ids)
redis.call('HSET', key('w'), unpack(where))
remember(claim, pack({'asked', id, accept_by}))
tell_players(claim, tell_found, pieces_of(claim, body, tickets))
send()
return 'DONE'
