-- What every script begins with. Each does in one step what the ledger (`ledger.py`, and what it is made of) does.
-- ARGV: prefix of keys, what the store is called, node, time ('' for the server's), whether players are asked,
-- tickets at most, then one packed list of arguments.
--
-- t      tickets that wait: a packed pair of their stamp (16 digits) and the record
-- w      where each ticket is: its stamp (16 digits) if it waits, ':' and the claim that has it
-- g, p   the party in which a ticket gathers;  parties that gather
-- o      openings, as tickets
-- m      what the log said last of each claim
-- mx     its match, as it is told: packed, one after the other, its beginning (`begin`), body, teams and tickets
-- mh     its head, once that differs from what its beginning says
-- told   how much each node was told; nodes that are not there are told nothing
-- over   what is over, until when that is known
local PREFIX, STORE, NODE, ASKS, MOST = ARGV[1], ARGV[2], ARGV[3], ARGV[5] == '1', tonumber(ARGV[6])
local ARGS = cmsgpack.unpack(ARGV[7])
local PLAYERS, ID, GENERATION, ENQUEUED, EXPIRES, AWAY, BODIES = 1, 2, 3, 4, 5, 6, 7
local SID, AT, PEER, TICKET = 1, 2, 3, 4
local PARTY_WITHIN, OVER_FOR, FULL_RETRY = 30, 600, 5
local LOG, OUT = 50000, 20000
local pack, unpacked = cmsgpack.pack, cmsgpack.unpack

local function key(name) return PREFIX .. name end

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

-- A packed report. A match that it is about comes beside it, under a name: it is long, and is never put together
-- with anything else here, as each text that is made costs by its length.
local function tell_packed(node, report, name, match)
  if not mail[node] then
    mail[node] = {}
    nodes[#nodes + 1] = node
  end
  table.insert(mail[node], {report, name, match})
end

local function tell(node, ...) tell_packed(node, pack({...})) end

local function note(...) changes[#changes + 1] = pack({...}) end

local function write_log(some)
  local n = redis.call('INCR', key('logged'))
  redis.call('XADD', key('log'), 'MAXLEN', '~', LOG, '*', 'n', n, 'c', array(some))
end

local function write_mail(node, n, some)
  local reports, matches = {}, {}
  for place, each in ipairs(some) do
    reports[place] = each[1]
    if each[2] then matches[#matches + 1], matches[#matches + 2] = each[2], each[3] end
  end
  redis.call('XADD', key('out:' .. node), 'MAXLEN', '~', OUT, '*', 'n', n, 'r', array(reports), unpack(matches))
end

local function portions(items, write)
  if #items <= 1000 then return write(items) end
  for first = 1, #items, 1000 do
    local some = {}
    for i = first, math.min(first + 999, #items) do some[#some + 1] = items[i] end
    write(some)
  end
end

local function send_mail()
  local told, counts = redis.call('HMGET', key('told'), unpack(nodes)), {}
  for place, node in ipairs(nodes) do
    local n = tonumber(told[place])
    if n then
      portions(mail[node], function(some)
        n = n + 1
        write_mail(node, n, some)
      end)
      counts[#counts + 1] = node
      counts[#counts + 1] = n
    end
  end
  if #counts > 0 then redis.call('HSET', key('told'), unpack(counts)) end
end

local function send()
  if #changes > 0 then portions(changes, write_log) end
  if #nodes > 0 then send_mail() end
  return 'OK'
end

-- --- what is kept under a stamp, and what is over ---

-- A packed pair: what was written under which stamp.
local function kept(stamp, record) return '\146\176' .. string.format('%016.0f', stamp) .. record end

local function stamp_of(stored) return stored and string.sub(stored, 3, 18) end

local function record_of(stored) return string.sub(stored, 19) end

local function is_over(name) return redis.call('ZSCORE', key('over'), name) and true or false end

-- The head of a claim that nobody has answered yet, and of its match what is the same for as long as it lasts.
local function begin(id, beginning)
  local match, room, host, accept_by, remainder = unpack(beginning)
  return {id = id, match = match, room = room, host = host, accept_by = accept_by, remainder = remainder,
          began = false, yes = {}, left = {}, open = '', joining = {}, opening = {}}
end
