-- Take tickets for a match: all of them, or none, once, and only for who leads.
-- What can be made ready before comes packed: the head, what the log says, and stamps as they are kept.
if is_other() then return 'FENCED' end
local epoch, id, match, head, body, asked, ids, stamps, teams, opening, opening_stamp = unpack(ARGS)
if redis.call('EXISTS', key('m:' .. id)) == 1 or is_over(id) then return 'ALREADY' end
if not leads(epoch) then return 'FENCED' end

local tickets = redis.call('HMGET', key('t'), unpack(ids))
for place, stored in ipairs(tickets) do
  if stamp_of(stored) ~= stamps[place] then return place - 1 end
end

if opening ~= '' then
  local stored = redis.call('HGET', key('o'), opening)
  if stamp_of(stored) ~= opening_stamp then return #ids end
  local claim, running = unpacked(head), unpacked(redis.call('HGET', key('m:' .. match), 'h'))
  claim.opening = unpacked(record_of(stored))
  head = pack(claim)
  redis.call('HDEL', key('o'), opening)
  running.open = ''
  table.insert(running.joining, id)
  redis.call('HSET', key('m:' .. match), 'h', pack(running))
  note('shut', opening)
end

local players, where = {}, {}
for place, stored in ipairs(tickets) do
  -- the first of the record's seven: not what a player asked for, which no script looks into
  local _, some = cmsgpack.unpack_limit(stored, 1, 19)
  for _, player in ipairs(some) do players[#players + 1] = player end
  where[2 * place - 1], where[2 * place] = ids[place], id
end
tickets = array(tickets)
redis.call('HSET', key('m:' .. id), 'h', head, 'b', body, 't', tickets)
redis.call('HDEL', key('t'), unpack(ids))
redis.call('HSET', key('w'), unpack(where))
redis.call('HSET', key('m'), id, asked)
note('left', ids)
changes[#changes + 1] = asked

local whole = {table.concat(pieces_of({teams = teams, left = {}, began = false}, body, tickets))}
local order, sids = by_node(players)
for _, node in ipairs(order) do tell_match(node, 'found', sids[node], whole) end
send()
return 'DONE'
