-- What every script begins with. Each does in one step what the ledger (`ledger.py`, and what it is made of) does.
-- ARGV: prefix of keys, what the store is called, node, time ('' for the server's), whether players are asked,
-- tickets at most, then one packed list of arguments.
--
-- t      tickets that wait: 16 digits of their stamp, then the packed record
-- w, g   the claim, or the gathering party, that has a ticket
-- p      parties that gather
-- o      openings: 16 digits, then the packed record
-- m      what the log said last of each claim;  m:CLAIM  its head (h), the match (b), its tickets (t)
-- over   what is over, until when that is known
local PREFIX, STORE, NODE, ASKS, MOST = ARGV[1], ARGV[2], ARGV[3], ARGV[5] == '1', tonumber(ARGV[6])
local ARGS = cmsgpack.unpack(ARGV[7])
local ID, GENERATION, ENQUEUED, EXPIRES, PLAYERS, AWAY, BODIES = 1, 2, 3, 4, 5, 6, 7
local SID, AT, PEER, TICKET = 1, 2, 3, 4
local PARTY_WITHIN, OVER_FOR, FULL_RETRY = 30, 600, 5
local LOG, OUT = 50000, 20000
local pack, unpacked = cmsgpack.pack, cmsgpack.unpack

local function key(name) return PREFIX .. name end

local function clock()
  if ARGV[4] ~= '' then return tonumber(ARGV[4]) end
  local time = redis.call('TIME')
  return time[1] + time[2] / 1000000
end
local NOW = clock()

-- A store that is not the one we know has lost everything.
local function is_other() return redis.call('GET', key('store')) ~= STORE end

local function leads(epoch) return tonumber(redis.call('HGET', key('lead'), 'epoch') or 0) == epoch end

-- --- packed lists of what is packed already ---

local function array_of(n)
  if n < 16 then return string.char(144 + n) end
  return string.char(220, math.floor(n / 256), n % 256)
end

local function array(items) return array_of(#items) .. table.concat(items) end

-- --- reports to nodes, and the log: collected, and written at the end ---

local mail, nodes, changes = {}, {}, {}

-- A report in pieces, which are put together once: those of matches are long.
local function tell_pieces(node, pieces)
  if not mail[node] then
    mail[node] = {}
    nodes[#nodes + 1] = node
  end
  table.insert(mail[node], pieces)
end

local function tell(node, ...) tell_pieces(node, {pack({...})}) end

local function note(...) changes[#changes + 1] = pack({...}) end

local function write_log(some)
  local n = redis.call('INCR', key('logged'))
  redis.call('XADD', key('log'), 'MAXLEN', '~', LOG, '*', 'n', n, 'c', array(some))
end

local function write_mail(node, reports)
  local all = {array_of(#reports)}
  for _, pieces in ipairs(reports) do
    for _, piece in ipairs(pieces) do all[#all + 1] = piece end
  end
  local n = redis.call('HINCRBY', key('told'), node, 1)
  redis.call('XADD', key('out:' .. node), 'MAXLEN', '~', OUT, '*', 'n', n, 'r', table.concat(all))
end

local function portions(items, write)
  if #items <= 1000 then return write(items) end
  for first = 1, #items, 1000 do
    local some = {}
    for i = first, math.min(first + 999, #items) do some[#some + 1] = items[i] end
    write(some)
  end
end

local function send()
  if #changes > 0 then portions(changes, write_log) end
  for _, node in ipairs(nodes) do
    if redis.call('HEXISTS', key('process'), node) == 1 then
      portions(mail[node], function(some) write_mail(node, some) end)
    end
  end
  return 'OK'
end

local function done(sid, request) if request >= 0 then tell(NODE, 'done', sid, request) end end

local function refuse(sid, code, why, request, retry_after)
  if request >= 0 then tell(NODE, 'refused', sid, code, why, request, retry_after or -1) end
end

-- --- tickets ---

local function next_stamp() return redis.call('INCR', key('stamp')) end

local function stamped(stamp, record) return string.format('%016.0f', stamp) .. record end

local function split(stored) return tonumber(string.sub(stored, 1, 16)), string.sub(stored, 17) end

local function find_ticket(id)
  local stored = redis.call('HGET', key('t'), id)
  if not stored then return nil end
  local _, record = split(stored)
  return unpacked(record)
end

local function put(ticket)
  local stamp, record = next_stamp(), pack(ticket)
  redis.call('HSET', key('t'), ticket[ID], stamped(stamp, record))
  changes[#changes + 1] = array({pack('waits'), pack(stamp), record})
end

local function forget(name) redis.call('ZADD', key('over'), NOW + OVER_FOR, name) end

local function is_over(name) return redis.call('ZSCORE', key('over'), name) and true or false end

local function tell_over(node, sid, ticket, outcome) tell(node, 'over', sid, ticket, outcome, '', 'null', {}) end

local function finish_ticket(ticket, outcome)
  forget(ticket[ID])
  for _, player in ipairs(ticket[PLAYERS]) do tell_over(player[AT], player[SID], ticket[ID], outcome) end
end

local function leave(ids)
  redis.call('HDEL', key('t'), unpack(ids))
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
  local whole = {first[ID], first[GENERATION], first[ENQUEUED], first[EXPIRES], {}, party.away, {}}
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

local function find_claim(id)
  local head = id and redis.call('HGET', key('m:' .. id), 'h')
  return head and unpacked(head)
end

local function claim_of(ticket)
  local id = redis.call('HGET', key('w'), ticket)
  return id and find_claim(id)
end

local function save_claim(claim) redis.call('HSET', key('m:' .. claim.id), 'h', pack(claim)) end

local function tickets_of(claim) return unpacked(redis.call('HGET', key('m:' .. claim.id), 't')) end

local function save_tickets(claim, tickets)
  redis.call('HSET', key('m:' .. claim.id), 't', pack(tickets))
end

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

-- The match with all that belongs to it, in pieces.
local function pieces_of(claim, body, tickets)
  local left = {}
  for sid in pairs(claim.left) do left[#left + 1] = sid end
  return {array_of(5), pack(body), pack(claim.teams), tickets, pack(left), pack(claim.began)}
end

local function whole(claim)
  local body, tickets = unpack(redis.call('HMGET', key('m:' .. claim.id), 'b', 't'))
  return pieces_of(claim, body, tickets)
end

local function tell_match(node, what, sids, match, more)
  local pieces = {array_of(more == nil and 3 or 4), pack(what), pack(sids), unpack(match)}
  if more ~= nil then pieces[#pieces + 1] = pack(more) end
  tell_pieces(node, pieces)
end

local function tell_found(claim, node, sids, match) tell_match(node, 'found', sids, match) end

local function tell_started(claim, node, sids, match, newcomers)
  tell_match(node, 'started', sids, match, newcomers)
end

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

local function tell_players(claim, how, match, ...)
  local order, sids = by_node(staying(claim))
  for _, node in ipairs(order) do how(claim, node, sids[node], match, ...) end
end

local function ask_again(claim, sid)
  local player = player_of(claim, sid)
  if not player then return end
  if claim.began then
    tell_started(claim, player[AT], {sid}, whole(claim), false)
  elseif not claim.yes[sid] then
    tell_found(claim, player[AT], {sid}, whole(claim))
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
  redis.call('DEL', key('m:' .. claim.id))
  redis.call('HDEL', key('m'), claim.id)
  forget(claim.id)
  note('closed', claim.id)
end

-- --- seats that are open ---

local function open_seats(running, opening)
  local stamp, record = next_stamp(), pack(opening)
  running.open = opening[1]
  save_claim(running)
  redis.call('HSET', key('o'), opening[1], stamped(stamp, record))
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
  take_back(claim)
  running = find_claim(claim.match)
  local theirs = redis.call('HGET', key('m:' .. running.id), 't')
  local tickets = unpacked(theirs)
  for place, ticket in ipairs(claim.tickets) do
    table.insert(tickets, ticket)
    table.insert(running.teams, claim.teams[place])
    running.generations[ticket[ID]] = ticket[GENERATION]
    redis.call('HSET', key('w'), ticket[ID], running.id)
  end
  for _, player in ipairs(claim.players) do table.insert(running.players, player) end
  save_tickets(running, tickets)
  save_claim(running)
  reopen(running, claim, claim.remainder)
  return running
end

local function start(claim)
  local running = claim
  if is_fill(claim) then running = find_claim(claim.match) end
  if not running then return abort(claim, {}, 'closed') end
  if is_fill(claim) then
    claim.tickets = tickets_of(claim)
    running = merge(claim, running)
  else
    claim.began = true
  end
  note_begun(running)
  tell_players(running, tell_started, whole(running), is_fill(claim))
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
