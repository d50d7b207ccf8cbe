"""What the scripts do, in Python and without a server: the reference with leases around it."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from signaling.membership import Membership
from signaling.messages import LeaveReason, MemberState, Role, Topology
from signaling.nodes import codec, letters
from signaling.orders import (
    Copy,
    Duplicates,
    Enter,
    Exit,
    Mark,
    Member,
    Order,
    Rehome,
    Revise,
    SetLock,
)
from signaling.reports import Entered, Report, Resynced, Turned

Published = list[tuple[str, bytes]]


def read(value: Any, kind: Any) -> Any:
    return msgspec.convert(value, kind)


def order_of(script: str, node: str, args: list[Any]) -> Order:
    match script:
        case "enter":
            room, peer, sid, role, subject, meta, terms, request, instead, duplicates, opener = args
            member = Member(peer, sid, node, msgspec.json.decode(meta), Role(role), subject=subject)
            terms = codec.read_terms(read(terms, letters.Terms))
            asked = None if request < 0 else request
            twice = Duplicates(duplicates)
            return Enter(room, member, terms, asked, instead or None, twice, opener)
        case "exit":
            room, peer, sid, reason, by, msg, heir = args
            return Exit(room, peer, sid, LeaveReason(reason), by, msg, heir)
        case "revise":
            room, peer, sid, meta = args
            return Revise(room, peer, sid, msgspec.json.decode(meta))
        case "mark":
            room, peer, sid, state, grace = args
            return Mark(room, peer, sid, MemberState(state), grace)
        case "set_lock":
            return SetLock(*args)
        case _:
            return Rehome(*args, node)


def written(report: Report) -> list[Any]:
    """Write a report as the scripts do."""
    values: list[Any] = [getattr(report, name) for name in report.__dataclass_fields__]
    if isinstance(report, Entered | Turned):
        values = [-1 if value is None else value for value in values]
    kind = "lock_set" if type(report).__name__ == "LockSet" else type(report).__name__.lower()
    return [kind, *map(_written, values)]


def _written(value: Any) -> Any:
    if isinstance(value, Member):
        return codec.write_member(value)
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    if isinstance(value, dict):
        return codec.write_metadata(value)
    return codec.write_terms(value) if hasattr(value, "topology") else value


@dataclass
class Store:
    """A server's memory. A life of a node is `NAME:INCARNATION`; members of the dead bear that."""

    run: str
    restored_as: str = ""
    membership: Membership = field(default_factory=Membership)
    nodes: dict[str, str] = field(default_factory=dict)
    leases: dict[str, float] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    corpses: set[str] = field(default_factory=set)
    graves: list[tuple[float, Exit, str]] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)
    restoring_until: float = 0.0
    values: dict[str, bytes] = field(default_factory=dict)

    def evaluate(
        self, script: str, node: str, run: str, life: str, arguments: bytes, now: float
    ) -> tuple[Any, Published]:
        """Run a script: its result, and what it published (node, letter)."""
        args = msgspec.msgpack.decode(arguments)
        if script == "register":
            return self._register(node, run, *args, now), []
        if run != self.restored_as or self.nodes.get(node) != life:
            why = "CHANGED" if run != self.restored_as else "FENCED"
            return [why] if script == "renew" else why, []
        match script:
            case "renew":
                return self._renew(node, *args, now)
            case "restore":
                return "OK", self._restore(node, *args, now)
            case "reap":
                return "OK", self._reap(*args, now)
            case "look":
                return "OK", self._look(node, *args)
            case "restored" | "unregister" | "bury":
                return "OK", getattr(self, f"_{script}")(node, now)
        order = order_of(script, node, args)
        if isinstance(order, Enter) and self._is_restoring(now):
            later = Turned(order.room, order.member.sid, 503, order.request, 1.0)  # type: ignore[arg-type]
            return "OK", self._tell([(node, later)])
        return "OK", self._tell(self.membership.apply(order, node))

    def _is_restoring(self, now: float) -> bool:
        return now < self.restoring_until

    def _tell(self, addressed: list[tuple[str, Report]]) -> Published:
        reports: dict[str, list[Any]] = defaultdict(list)
        for node, report in addressed:
            reports[node].append(written(report))
        published = []
        for node, each in reports.items():
            if node in self.stamps:
                self.told[node] += 1
                letter = ["rooms", self.stamps[node], self.told[node], each]
                published.append((node, msgspec.msgpack.encode(letter)))
        return published

    def _register(
        self, node: str, run: str, former: str, stamp: str, ttl: int, roster: list[str], now: float
    ) -> Any:
        if run != self.restored_as:
            self.restored_as = run
            self.leases |= dict.fromkeys(self.nodes, now + ttl / 1000)
            self.pending = {*self.nodes, *roster}
            if self.pending:
                self.restoring_until = now + ttl / 1000
        present = self.nodes.get(node)
        if present is not None and present != former:
            if self.leases[node] > now:
                return ["TAKEN", int((self.leases[node] - now) * 1000)]
            self._die(node)
            self.corpses.add(f"{node}:{present}")
        if present is None or present != former:
            present = str(max(int(now * 1e6), int(present or 0) + 1))
        self.nodes[node], self.stamps[node], self.told[node] = present, stamp, 0
        self.leases[node] = now + ttl / 1000
        self.membership.revive(node)
        mine = [
            name
            for name, copy in self.membership.rooms.items()
            if any(member.node == node for member in copy.members.values())
        ]
        return ["OK", present, mine]

    def _renew(self, node: str, ttl: int, stamp: str, now: float) -> tuple[Any, Published]:
        self.leases[node] = now + ttl / 1000
        living = [each for each in self.nodes if self.leases[each] > now]
        dead = [f"{n}:{i}" for n, i in self.nodes.items() if n not in living]
        due = sum(deadline <= now for deadline, _, _ in self.graves)
        beat = msgspec.msgpack.encode(["beat", stamp, self.told[node]])
        result = ["OK", int(self._is_restoring(now)), due, living, [*dead, *self.corpses]]
        return result, [(node, beat)]

    def _restored(self, node: str, _now: float) -> Published:
        self.pending.discard(node)
        if not self.pending:
            self.restoring_until = 0.0
        return []

    def _unregister(self, node: str, _now: float) -> Published:
        self.corpses.add(f"{node}:{self.nodes[node]}")
        self._die(node)
        return []

    def _die(self, node: str) -> None:
        life = f"{node}:{self.nodes.pop(node)}"
        self.stamps.pop(node)
        self.pending.discard(node)
        self.membership.bury(life, 0.0)
        for copy in self.membership.rooms.values():
            for peer, member in copy.members.items():
                if member.node == node:
                    copy.members[peer] = replace(member, node=life)

    def _reap(self, corpse: str, grace: float, _batch: int, now: float) -> Published:
        node, _, life = corpse.rpartition(":")
        if self._is_restoring(now):
            return []
        if self.nodes.get(node) == life:
            if self.leases[node] > now:
                return []
            self._die(node)
        self.corpses.discard(corpse)
        for name, copy in self.membership.rooms.items():
            for member in copy.members.values():
                if member.node == corpse:
                    out = Exit(name, member.peer, member.sid, LeaveReason.LOST)
                    self.graves.append((now + grace, out, corpse))
        return self._tell(self.membership.bury(corpse, grace))

    def _bury(self, _node: str, now: float) -> Published:
        due = [grave for grave in self.graves if grave[0] <= now]
        self.graves = [grave for grave in self.graves if grave[0] > now]
        published: Published = []
        for _, out, corpse in due:
            copy = self.membership.rooms.get(out.room)
            member = None if copy is None else copy.members.get(out.peer)
            if member is not None and member.node == corpse:
                published += self._tell(self.membership.apply(out, ""))
        return published

    def _look(self, node: str, name: str, terms: Any) -> Published:
        copy = self.membership.rooms.get(name) or Copy(codec.read_terms(read(terms, letters.Terms)))
        return self._tell([(node, _resynced(name, copy))])

    def _restore(
        self,
        node: str,
        name: str,
        known: int,
        terms: Any,
        own: list[Any],
        _lives: list[str],
        spared: list[str],
        now: float,
    ) -> Published:
        again = changed = self._is_restoring(now)
        rooms = self.membership.rooms
        copy = rooms.get(name) or Copy(codec.read_terms(read(terms, letters.Terms)))
        mine = set(spared)
        for each in own:
            member = replace(codec.read_member(read(each, letters.Member)), node=node)
            mine.add(member.sid)
            present = copy.members.get(member.peer)
            if present is not None and not self._gives_way(present, member, again=again):
                continue
            if present is not None and present.sid == member.sid:
                member = replace(member, role=present.role)
            changed = changed or present != member
            copy.members[member.peer] = member
        for peer, member in list(copy.members.items()):
            if member.node == node and member.sid not in mine:
                del copy.members[peer]
                changed = True
        changed = changed or (copy.rev < known and bool(copy.members))
        copy.rev = max(copy.rev, known) + changed
        self._promote(copy)
        if copy.members:
            rooms[name] = copy
        else:
            rooms.pop(name, None)
        nodes = {member.node for member in copy.members.values()} if changed and not again else ()
        return self._tell([(each, _resynced(name, copy)) for each in nodes])

    def _gives_way(self, present: Member, member: Member, *, again: bool) -> bool:
        if present.node not in self.nodes:
            return True
        if present.sid == member.sid:
            return present.node == member.node
        return again and (member.since, member.sid) < (present.since, present.sid)

    def _promote(self, copy: Copy) -> None:
        hosts = any(member.role is Role.HOST for member in copy.members.values())
        if copy.members and not hosts and copy.terms.topology is Topology.MESH:
            heir = min(copy.members.values(), key=lambda member: member.since)
            copy.members[heir.peer] = replace(heir, role=Role.HOST)


def _resynced(name: str, copy: Copy) -> Resynced:
    members = sorted(copy.members.values(), key=lambda member: (member.since, member.sid))
    return Resynced(name, tuple(members), copy.terms, copy.rev)
