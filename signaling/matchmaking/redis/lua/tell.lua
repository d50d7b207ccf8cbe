-- The leader tells a node how tickets stand.
local epoch, node, reports = unpack(ARGS)
if is_other() or not leads(epoch) then return 'FENCED' end
for _, report in ipairs(reports) do tell_packed(node, pack(report)) end
return send()
