-- Let a ticket, or a player's part of one, wait; what was sent twice counts once.
if is_other() then return 'CHANGED' end
local id, generation, enqueued, expires, expires_in, players, body, keys, party, size, request = unpack(ARGS)
local sid = players[1][SID]
if enqueued == 0 then
  enqueued, expires = NOW, NOW + expires_in
end
local ticket = {players, id, generation, enqueued, expires, {}, {body}}

local function say_again()
  local waiting = find_ticket(id)
  if not waiting then return ask_again(claim_of(id), sid) end
  if waiting[GENERATION] < generation then
    waiting[GENERATION] = generation
    put(waiting)
  end
  say_queued(NODE, sid, id, waiting[GENERATION], request, 0)
end

local function is_full()
  if redis.call('HLEN', key('t')) < MOST then return false end
  refuse(sid, 503, 'the queue is full', request, FULL_RETRY)
  return true
end

local function misfit(found)
  if size ~= found.size then
    return string.format('the party is of %d, says another of it, and not of %d', found.size, size)
  end
  if keys ~= found.keys then return 'another of the party queues for something else' end
  return nil
end

local function is_in(found)
  for _, part in ipairs(found.parts) do
    for _, player in ipairs(part[PLAYERS]) do
      if player[SID] == sid then return true end
    end
  end
  return false
end

local function say_gathered(found)
  local missing, first = found.size - #found.parts, found.parts[1]
  for _, part in ipairs(found.parts) do
    for _, player in ipairs(part[PLAYERS]) do
      if player[SID] == sid then
        say_queued(NODE, sid, first[ID], first[GENERATION], request, missing)
      else
        say_queued(player[AT], player[SID], first[ID], first[GENERATION], -1, missing)
      end
    end
  end
end

local function say_gathering(found)
  local first = found.parts[1]
  say_queued(NODE, sid, first[ID], first[GENERATION], request, found.size - #found.parts)
end

local function gather()
  local found = find_party(party)
  if not found then
    if is_full() then return end
    found = {size = size, ['until'] = NOW + PARTY_WITHIN, parts = {}, away = {}, keys = keys}
    redis.call('HSET', key('g'), id, party)
    note('gathers', party, found['until'])
  elseif is_in(found) then
    return say_gathering(found)
  else
    local why = misfit(found)
    if why then return refuse(sid, 409, why, request) end
  end
  table.insert(found.parts, ticket)
  if id ~= found.parts[1][ID] then forget(id) end
  save_party(party, found)
  say_gathered(found)
  if #found.parts == size then
    close_party(party, found)
    put(combined(found))
  end
end

if is_over(id) then
  return 'OK'
elseif redis.call('HEXISTS', key('w'), id) == 1 then
  say_again()
elseif redis.call('HEXISTS', key('g'), id) == 1 then
  say_gathering(find_party(redis.call('HGET', key('g'), id)))
elseif party ~= '' and size > 1 then
  gather()
elseif not is_full() then
  put(ticket)
  say_queued(NODE, sid, id, generation, request, 0)
end
return send()
