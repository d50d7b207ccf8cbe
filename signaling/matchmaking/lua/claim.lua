-- Take tickets for matches, one after the other: for each all of them, or none, once, and only for who leads.
-- What can be made ready before comes packed: the head, what the log says, and stamps as they are kept.
-- Several come in one call, so that what they have in common is done once, and each node is told of them at once.
local epoch, claims = unpack(ARGS)
local is_lost, is_leader, all_asked = is_other(), leads(epoch), {}

local function take(id, match, head, body, asked, ids, stamps, teams, opening, opening_stamp)
  if is_lost then return 'FENCED' end
  if redis.call('EXISTS', key('m:' .. id)) == 1 or is_over(id) then return 'ALREADY' end
  if not is_leader then return 'FENCED' end
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
  all_asked[#all_asked + 1], all_asked[#all_asked + 2] = id, asked
  note('left', ids)
  changes[#changes + 1] = asked

  local whole = pieces_of({teams = teams, left = {}, began = false}, body, tickets)
  local order, sids = by_node(players)
  for _, node in ipairs(order) do tell_match(node, 'found', sids[node], whole) end
  return 'DONE'
end

local answers = {}
for place, claim in ipairs(claims) do answers[place] = take(unpack(claim)) end
if #all_asked > 0 then redis.call('HSET', key('m'), unpack(all_asked)) end
send()
return answers
