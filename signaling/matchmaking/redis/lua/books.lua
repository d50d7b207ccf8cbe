-- What every script but that of claims, which are to be fast, goes on with: players, tickets, parties and matches.
local function clock()
  if ARGV[4] ~= '' then return tonumber(ARGV[4]) end
  local time = redis.call('TIME')
  return time[1] + time[2] / 1000000
end
local NOW = clock()

local function done(sid, request) if request >= 0 then tell(NODE, 'done', sid, request) end end

local function refuse(sid, code, why, request, retry_after)
  if request >= 0 then tell(NODE, 'refused', sid, code, why, request, retry_after or -1) end
end

-- --- tickets ---

local function next_stamp() return redis.call('INCR', key('stamp')) end

local function find_ticket(id)
  local stored = redis.call('HGET', key('t'), id)
  if not stored then return nil end
  return unpacked(record_of(stored))
end

local function put(ticket)
  local stamp, record = next_stamp(), pack(ticket)
  redis.call('HSET', key('t'), ticket[ID], kept(stamp, record))
  redis.call('HSET', key('w'), ticket[ID], string.format('%016.0f', stamp))
  changes[#changes + 1] = array({pack('waits'), pack(stamp), record})
end

local function forget(name) redis.call('ZADD', key('over'), NOW + OVER_FOR, name) end

local function tell_over(node, sid, ticket, outcome) tell(node, 'over', sid, ticket, outcome, '', 'null', {}) end

local function finish_ticket(ticket, outcome)
  forget(ticket[ID])
  for _, player in ipairs(ticket[PLAYERS]) do tell_over(player[AT], player[SID], ticket[ID], outcome) end
end

local function leave(ids)
  redis.call('HDEL', key('t'), unpack(ids))
  redis.call('HDEL', key('w'), unpack(ids))
  note('left', ids)
end

local function say_queued(node, sid, id, generation, request, missing)
  local estimate = tonumber(redis.call('HGET', key('lead'), 'estimate') or -1)
  tell(node, 'queued', sid, id, generation, redis.call('HLEN', key('t')), estimate, missing, request)
end

local function with(away, sid, is_away)
  local list = {}
  for _, each in ipairs(away) do
    if each ~= sid then list[#list + 1] = each end
  end
  if is_away then list[#list + 1] = sid end
  return list
end

local function move(players, sid, node)
  for _, player in ipairs(players) do
    if player[SID] == sid then
      if player[AT] ~= node then tell(player[AT], 'moved_away', sid) end
      player[AT] = node
    end
  end
end

-- --- parties ---

local function find_party(name)
  local record = redis.call('HGET', key('p'), name)
  return record and unpacked(record)
end

local function save_party(name, party) redis.call('HSET', key('p'), name, pack(party)) end

local function close_party(name, party)
  redis.call('HDEL', key('p'), name)
  redis.call('HDEL', key('g'), party.parts[1][ID])
  note('gathered', name)
end

local function combined(party)
  local first = party.parts[1]
  local whole = {{}, first[ID], first[GENERATION], first[ENQUEUED], first[EXPIRES], party.away, {}}
  for _, part in ipairs(party.parts) do
    whole[ENQUEUED] = math.min(whole[ENQUEUED], part[ENQUEUED])
    whole[EXPIRES] = math.min(whole[EXPIRES], part[EXPIRES])
    for _, player in ipairs(part[PLAYERS]) do table.insert(whole[PLAYERS], player) end
    for _, body in ipairs(part[BODIES]) do table.insert(whole[BODIES], body) end
  end
  return whole
end

local function fall_apart(name, party, outcome)
  close_party(name, party)
  finish_ticket(combined(party), outcome)
end

-- --- claims, and matches that run ---

local TEAMS, TICKETS = 3, 4
local named = 0

-- Its beginning, body, teams and tickets.
local function match_of(claim) return {unpacked(redis.call('HGET', key('mx'), claim.id))} end

local function save_match(claim, match)
  local packed = {}
  for place, each in ipairs(match) do packed[place] = pack(each) end
  redis.call('HSET', key('mx'), claim.id, table.concat(packed))
end

local function tickets_of(claim) return match_of(claim)[TICKETS] end

-- Who plays, which a claim does not write down before somebody has answered.
local function list_players(claim, tickets)
  claim.players, claim.generations = {}, {}
  for _, ticket in ipairs(tickets) do
    claim.generations[ticket[ID]] = ticket[GENERATION]
    for _, player in ipairs(ticket[PLAYERS]) do
      table.insert(claim.players, {player[SID], player[AT], player[PEER], ticket[ID]})
    end
  end
  return claim
end

local function find_claim(id)
  local head = id and redis.call('HGET', key('mh'), id)
  if head then
    local claim = unpacked(head)
    return claim.players and claim or list_players(claim, tickets_of(claim))
  end
  local match = id and redis.call('HGET', key('mx'), id)
  if not match then return nil end
  local beginning, _, _, tickets = unpacked(match)
  return list_players(begin(id, beginning), tickets)
end

-- The claim that has a ticket.
local function holder(ticket)
  local at = redis.call('HGET', key('w'), ticket)
  return at and string.sub(at, 1, 1) == ':' and string.sub(at, 2)
end

local function claim_of(ticket)
  local id = holder(ticket)
  return id and find_claim(id)
end

local function hold(ticket, id) redis.call('HSET', key('w'), ticket, ':' .. id) end

local function save_claim(claim) redis.call('HSET', key('mh'), claim.id, pack(claim)) end

local function staying(claim)
  local list = {}
  for _, player in ipairs(claim.players) do
    if not claim.left[player[SID]] then list[#list + 1] = player end
  end
  return list
end

local function player_of(claim, sid)
  for _, player in ipairs(staying(claim)) do
    if player[SID] == sid then return player end
  end
  return nil
end

local function leavers(claim)
  local list = {}
  for _, player in ipairs(claim.players) do
    local reason = claim.left[player[SID]]
    if reason then list[#list + 1] = {player[PEER], reason} end
  end
  return list
end

local function tell_match(claim, node, what, sids, ...)
  local left = {}
  for sid in pairs(claim.left) do left[#left + 1] = sid end
  named = named + 1
  local report = pack({what, sids, tostring(named), left, claim.began, ...})
  tell_packed(node, report, tostring(named), redis.call('HGET', key('mx'), claim.id))
end

local function tell_found(claim, node, sids) tell_match(claim, node, 'found', sids) end

local function tell_started(claim, node, sids, newcomers) tell_match(claim, node, 'started', sids, newcomers) end

-- Each node with its players, in the order of the first of them.
local function by_node(players)
  local order, found = {}, {}
  for _, player in ipairs(players) do
    local node = player[AT]
    if not found[node] then
      found[node] = {}
      order[#order + 1] = node
    end
    table.insert(found[node], player[SID])
  end
  return order, found
end

local function tell_players(claim, how, ...)
  local order, sids = by_node(staying(claim))
  for _, node in ipairs(order) do how(claim, node, sids[node], ...) end
end

local function ask_again(claim, sid)
  local player = player_of(claim, sid)
  if not player then return end
  if claim.began then
    tell_started(claim, player[AT], {sid}, false)
  elseif not claim.yes[sid] then
    tell_found(claim, player[AT], {sid})
  end
end

local function remember(claim, change)
  redis.call('HSET', key('m'), claim.id, change)
  changes[#changes + 1] = change
end

local function note_begun(claim)
  claim.stamp = next_stamp()
  save_claim(claim)
  local players = {}
  for _, player in ipairs(staying(claim)) do players[#players + 1] = {player[SID], player[AT]} end
  remember(claim, pack({'began', claim.match, players, claim.stamp}))
end

local function erase(claim)
  redis.call('HDEL', key('mx'), claim.id)
  redis.call('HDEL', key('mh'), claim.id)
  redis.call('HDEL', key('m'), claim.id)
  forget(claim.id)
  note('closed', claim.id)
end

-- --- seats that are open ---

local function open_seats(running, opening)
  local stamp, record = next_stamp(), pack(opening)
  running.open = opening[1]
  save_claim(running)
  redis.call('HSET', key('o'), opening[1], kept(stamp, record))
  changes[#changes + 1] = array({pack('opened'), pack(stamp), record})
end

local function shut(running)
  if running.open ~= '' then
    redis.call('HDEL', key('o'), running.open)
    note('shut', running.open)
    running.open = ''
    save_claim(running)
  end
end

-- What a claim has taken is open again, or what is left of it, if nothing newer is open.
local function reopen(running, claim, body)
  if body ~= '' and running.open == '' then
    local id, generation, match, room = unpack(claim.opening)
    open_seats(running, {id, generation + 1, match, room, body})
  end
end

local function is_fill(claim) return claim.opening[1] ~= nil end

local function take_back(claim)
  erase(claim)
  local running = is_fill(claim) and find_claim(claim.match) or nil
  if running then
    running.joining = with(running.joining, claim.id, false)
    save_claim(running)
  end
  return running
end

-- --- how an agreement ends ---

local function abort(claim, dropped, why)
  local tickets = tickets_of(claim)
  local running = take_back(claim)
  for _, ticket in ipairs(tickets) do
    redis.call('HDEL', key('w'), ticket[ID])
    if dropped[ticket[ID]] then
      finish_ticket(ticket, dropped[ticket[ID]])
    else
      ticket[GENERATION] = ticket[GENERATION] + 1
      put(ticket)
      for _, player in ipairs(ticket[PLAYERS]) do
        tell(player[AT], 'requeued', player[SID], claim.match, ticket[ID], ticket[GENERATION], why)
      end
    end
  end
  if running then reopen(running, claim, claim.opening[5]) end
end

local function merge(claim, running)
  local joins = match_of(claim)
  take_back(claim)
  running = find_claim(claim.match)
  local match = match_of(running)
  for place, ticket in ipairs(joins[TICKETS]) do
    table.insert(match[TICKETS], ticket)
    table.insert(match[TEAMS], joins[TEAMS][place])
    running.generations[ticket[ID]] = ticket[GENERATION]
    hold(ticket[ID], running.id)
  end
  for _, player in ipairs(claim.players) do table.insert(running.players, player) end
  save_match(running, match)
  save_claim(running)
  reopen(running, claim, claim.remainder)
  return running
end

local function start(claim)
  local running = claim
  if is_fill(claim) then running = find_claim(claim.match) end
  if not running then return abort(claim, {}, 'closed') end
  if is_fill(claim) then
    running = merge(claim, running)
  else
    claim.began = true
  end
  note_begun(running)
  tell_players(running, tell_started, is_fill(claim))
end

local function close_match(claim)
  shut(claim)
  local tickets = tickets_of(claim)
  erase(claim)
  for _, ticket in ipairs(tickets) do
    redis.call('HDEL', key('w'), ticket[ID])
    forget(ticket[ID])
  end
  for _, name in ipairs(claim.joining) do abort(find_claim(name), {}, 'closed') end
end

local function running_with(match, sid, request)
  local claim = find_claim(match)
  if claim and claim.began and player_of(claim, sid) then return claim end
  refuse(sid, 404, 'no such match runs with you', request)
  return nil
end

local function may_decide(claim, sid)
  local has_host = false
  for _, player in ipairs(staying(claim)) do
    if player[PEER] == claim.host then
      has_host = true
      if player[SID] == sid then return true end
    end
  end
  return not has_host
end
