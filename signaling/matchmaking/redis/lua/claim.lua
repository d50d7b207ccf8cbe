-- Take tickets for matches, one after the other: for each all of them, or none, once, and only for who leads.
-- Several come in one call, so that the server is asked and told but once for all of them. Nothing that is long is
-- looked into or put together: what was written under a stamp never changes, so the leader brings the whole match
-- (behind the other arguments), and its stamps alone are compared.
local epoch, claims = unpack(ARGS)
local AT_ONCE, FIRST = 2000, 7

-- A command with many arguments, some at a time.
local function spread(command, name, items, answers)
  for first = 1, #items, AT_ONCE do
    local found = redis.call(command, key(name), unpack(items, first, math.min(first + AT_ONCE - 1, #items)))
    if answers then
      for _, each in ipairs(found) do answers[#answers + 1] = each end
    end
  end
  return answers
end

local names, wanted = {}, {}
for place, claim in ipairs(claims) do
  names[place] = claim[1]
  for _, ticket in ipairs(claim[3]) do wanted[#wanted + 1] = ticket end
end
local known, over, stamps = spread('HMGET', 'm', names, {}), spread('ZMSCORE', 'over', names, {}), spread('HMGET', 'w', wanted, {})
local is_lost, is_leader = is_other(), leads(epoch)
local taken, left, where, matches, asked = {}, {}, {}, {}, {}

-- The place of the first ticket that is not there as it was.
local function missing(tickets, expected, before)
  for place, ticket in ipairs(tickets) do
    if stamps[before + place] ~= expected[place] or taken[ticket] then return place - 1 end
  end
  return nil
end

-- Take an opening, and say what the claim has taken; false if it is not there as it was.
local function open(id, match, opening, stamp, kept_match)
  local stored = redis.call('HGET', key('o'), opening)
  if stamp_of(stored) ~= stamp then return false end
  local _, beginning = cmsgpack.unpack_one(kept_match) -- the first of the four
  local claim, running = begin(id, beginning), unpacked(redis.call('HGET', key('mh'), match))
  claim.opening = unpacked(record_of(stored))
  redis.call('HDEL', key('o'), opening)
  running.open = ''
  table.insert(running.joining, id)
  redis.call('HSET', key('mh'), match, pack(running), id, pack(claim))
  note('shut', opening)
  return true
end

local function take(place, before)
  local id, match, tickets, expected, gone, asks, told, opening, opening_stamp = unpack(claims[place])
  local kept_match = ARGV[FIRST + place]
  if is_lost then return 'FENCED' end
  if known[place] or over[place] or taken[':' .. id] then return 'ALREADY' end
  if not is_leader then return 'FENCED' end
  local lacks = missing(tickets, expected, before)
  if lacks then return lacks end
  if opening ~= '' and not open(id, match, opening, opening_stamp, kept_match) then return #tickets end

  local claim = ':' .. id
  taken[claim] = true
  for _, ticket in ipairs(tickets) do
    taken[ticket] = true
    left[#left + 1] = ticket
    where[#where + 1], where[#where + 2] = ticket, claim
  end
  matches[#matches + 1], matches[#matches + 2] = id, kept_match
  asked[#asked + 1], asked[#asked + 2] = id, asks
  changes[#changes + 1], changes[#changes + 2] = gone, asks
  for at = 1, #told, 2 do tell_packed(told[at], told[at + 1], id, kept_match) end
  return 'DONE'
end

local answers, before = {}, 0
for place, claim in ipairs(claims) do
  answers[place] = take(place, before)
  before = before + #claim[3]
end
if #asked > 0 then
  spread('HDEL', 't', left)
  spread('HSET', 'w', where)
  spread('HSET', 'mx', matches)
  spread('HSET', 'm', asked)
end
send()
return answers
