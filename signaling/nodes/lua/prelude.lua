-- What every script begins with. A room is one hash: under '=' its head, under '.NAME' each member.
-- ARGV: prefix of keys, run of the server, node, its incarnation, then one packed list of arguments.
local PREFIX, RUN, NODE, INCARNATION = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local PEER, SID, AT, ROLE, STATE, SUBJECT, SINCE, META, LIFE = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function key(name) return PREFIX .. name end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A server that is not the one we know holds other rooms; a node that was given up has no say.
local function guard()
  if redis.call('GET', key('run')) ~= RUN then return 'CHANGED' end
  if redis.call('HGET', key('nodes'), NODE) ~= INCARNATION then return 'FENCED' end
  return nil
end

local function restoring() return redis.call('EXISTS', key('restoring')) == 1 end

-- --- rooms ---

local function life(member) return member[AT] .. ':' .. member[LIFE] end

local function is_dead(member)
  return redis.call('HGET', key('nodes'), member[AT]) ~= member[LIFE]
end

local function new_room(name, terms)
  return {name = name, rev = 0, max = terms[1], topology = terms[2], key = terms[3],
          locked = terms[4], members = {}, lives = {}, found = {}}
end

local function load(name)
  local flat = redis.call('HGETALL', key('room:' .. name))
  if #flat == 0 then return nil end
  local room = {name = name, members = {}, lives = {}, found = {}}
  for i = 1, #flat, 2 do
    local value = cmsgpack.unpack(flat[i + 1])
    if flat[i] == '=' then
      room.rev, room.max, room.topology, room.key, room.locked = unpack(value)
    else
      room.members[value[PEER]] = value
      room.lives[life(value)] = true
      room.found[value[PEER]] = true
    end
  end
  return room
end

local function terms(room) return {room.max, room.topology, room.key, room.locked} end

local function shown(member)
  return {member[1], member[2], member[3], member[4], member[5], member[6], member[7], member[8]}
end

local function by_age(a, b)
  if a[SINCE] ~= b[SINCE] then return a[SINCE] < b[SINCE] end
  return a[SID] < b[SID]
end

local function oldest_first(room)
  local list = {}
  for _, member in pairs(room.members) do list[#list + 1] = member end
  table.sort(list, by_age)
  return list
end

local function members(room, without)
  local list = {}
  for _, member in ipairs(oldest_first(room)) do
    if member[PEER] ~= without then list[#list + 1] = shown(member) end
  end
  return list
end

local function count(room)
  local n = 0
  for _ in pairs(room.members) do n = n + 1 end
  return n
end

local function find(room, peer, sid)
  if room == nil then return nil end
  local member = room.members[peer]
  if member ~= nil and member[SID] == sid then return member end
  return nil
end

-- Write the room down, and under each life of a node which rooms it has members in.
local function save(room)
  local place, lives, left = key('room:' .. room.name), {}, false
  for peer, member in pairs(room.members) do
    left = true
    lives[life(member)] = true
    redis.call('HSET', place, '.' .. peer, cmsgpack.pack(member))
  end
  for peer in pairs(room.found) do
    if room.members[peer] == nil then redis.call('HDEL', place, '.' .. peer) end
  end
  if left then
    local head = {room.rev, room.max, room.topology, room.key, room.locked}
    redis.call('HSET', place, '=', cmsgpack.pack(head))
  else
    redis.call('DEL', place)
  end
  for each in pairs(lives) do
    if not room.lives[each] then redis.call('SADD', key('rooms:' .. each), room.name) end
  end
  for each in pairs(room.lives) do
    if not lives[each] then redis.call('SREM', key('rooms:' .. each), room.name) end
  end
end

-- --- reports: collected, and sent to the inboxes at the end ---

local mail = {}

local function to(node, report)
  mail[node] = mail[node] or {}
  table.insert(mail[node], report)
end

local function to_all(room, report)
  local told = {}
  for _, member in pairs(room.members) do
    if not told[member[AT]] then
      told[member[AT]] = true
      to(member[AT], report)
    end
  end
end

local function send()
  for node, reports in pairs(mail) do
    local stamp = redis.call('HGET', key('stamps'), node)
    if stamp then
      local number = redis.call('HINCRBY', key('told'), node, 1)
      local letter = cmsgpack.pack({'rooms', stamp, number, reports})
      redis.call('PUBLISH', key('inbox:' .. node), letter)
    end
  end
end

-- --- what several orders do ---

local function bump(room)
  room.rev = room.rev + 1
  return room.rev
end

local function depart(room, member, reason, by, msg, closed)
  local told = {}
  for _, other in pairs(room.members) do told[other[AT]] = true end
  room.members[member[PEER]] = nil
  local report = {'departed', room.name, member[PEER], member[SID], reason, bump(room), by, msg,
                  closed}
  for node in pairs(told) do to(node, report) end
end

local function has_host(room)
  for _, member in pairs(room.members) do
    if member[ROLE] == 'host' then return true end
  end
  return false
end

-- Take a member out, and do what follows: a star without hosts ends, a mesh gets another host.
local function take_out(room, member, reason, by, msg, heir)
  local last = count(room) == 1
  depart(room, member, reason, by, msg, last)
  if last or has_host(room) then return end
  if room.topology == 'star' then
    for _, other in ipairs(oldest_first(room)) do
      depart(room, other, 'closed', '', '', count(room) == 1)
    end
  elseif heir and member[ROLE] == 'host' then
    local next_host = oldest_first(room)[1]
    next_host[ROLE] = 'host'
    local rev = bump(room)
    to_all(room, {'promoted', room.name, next_host[PEER], next_host[SID], 'host', rev})
  end
end

local function resynced(room) return {'resynced', room.name, members(room), terms(room), room.rev} end
