"""Recording what happens to packets: as cheap as appending to a list, and bounded.

Nothing is computed, formatted or looked at while a world runs: six values go to the end of one flat list, which
costs half the memory of a list of tuples and gives the garbage collector nothing to do. Rows become events
when somebody asks.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final, Protocol, cast

from nat.packets import Address, Drop, Fragment, Packet
from nat.trace.events import TraceEvent, Verdict
from nat.trace.places import Place, PlaceKind, Places
from nat.trace.queries import Events
from nat.trace.story import Story

DEFAULT_LIMIT: Final = 400_000
"""Rows that are kept: about 100,000 packets through two NATs, which take 100 MB besides their payloads."""
_WIDTH: Final = 6

_Row = tuple[int, int, str, Verdict, Packet, Drop | None]


class Clock(Protocol):
    """What gives the time."""

    now_ns: int


class Trace:
    """The record of a world.

    Args:
        clock: the time of events.
        limit: rows that are kept at most; when there are more, the oldest quarter is forgotten and
            counted. None keeps all, 0 none.

    Attributes:
        forgotten: how many rows were.
        places: the hosts and NATs of the world, as far as somebody has told.

    Raises:
        ValueError: the limit is negative.
    """

    def __init__(self, clock: Clock, limit: int | None = DEFAULT_LIMIT) -> None:
        if limit is not None and limit < 0:
            raise ValueError(f"a trace keeps 0 rows or more, not {limit}")
        self.places = Places()
        self.forgotten = 0
        self._clock = clock
        self._limit = limit
        self._full = limit * _WIDTH if limit else float("inf")
        # `+=` makes a new tuple of one, which nobody keeps
        self._rows: list[Any] = [] if limit != 0 else cast("list[Any]", ())
        self._numbers = 0
        self._events = _EventMaker()

    def sent(self, where: str, packet: Packet) -> int:
        """Note a new packet and give it its number."""
        self._numbers = number = self._numbers + 1
        rows = self._rows
        rows += (self._clock.now_ns, number, where, Verdict.SENT, packet, None)
        if len(rows) > self._full:
            self._forget()
        return number

    def note(self, verdict: Verdict, where: str, packet: Packet, number: int) -> None:
        """Note what happened to a packet that goes on or has arrived."""
        rows = self._rows
        rows += (self._clock.now_ns, number, where, verdict, packet, None)

    def dropped(self, where: str, packet: Packet, number: int, drop: Drop) -> None:
        """Note the end of a packet."""
        rows = self._rows
        rows += (self._clock.now_ns, number, where, Verdict.DROPPED, packet, drop)

    def place(
        self,
        name: str,
        kind: PlaceKind,
        addresses: tuple[str, ...] = (),
        behind: str | None = None,
    ) -> None:
        """Tell of a place, so that queries and diagrams know whose an address is. Told again, it has moved.

        Args:
            name: as rows have it.
            kind: host or NAT.
            addresses: those it has; of a NAT those outside.
            behind: the NAT in whose LAN it is, or None for the internet.
        """
        self.places.add(Place(name, kind, addresses, behind))

    def _forget(self) -> None:
        assert self._limit is not None
        excess = len(self._rows) // _WIDTH - self._limit * 3 // 4
        del self._rows[: excess * _WIDTH]
        self.forgotten += excess

    # what happened

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self.events)

    @property
    def events(self) -> Events:
        """What has happened so far, in the order in which it happened."""
        if len(self._rows) > self._full:
            self._forget()
        made = self._events.make(self._rows, self.forgotten)
        return Events(made, Story(made, self.places, self.forgotten))

    def digest(self, *, sizes: bool = True) -> str:
        """SHA-256 over the record, as hex; equal for equal records only.

        Args:
            sizes: whether the sizes of packets count.
        """
        total = hashlib.sha256()
        if self.forgotten:
            total.update(f"{self.forgotten} forgotten\n".encode())
        for now, number, where, verdict, packet, drop in _cut(self._rows, 0):
            protocol, source, target, payload = packet[:4]
            why, detail = (drop.reason.name, drop.detail) if drop is not None else ("", "")
            total.update(
                f"{now}|{number}|{where}|{verdict.name}|{why}|{detail}|{protocol.name}"
                f"|{source[0]}|{source[1]}|{target[0]}|{target[1]}"
                f"|{len(payload) if sizes else 0}\n".encode()
            )
        return total.hexdigest()

    def explain(self) -> str:
        """All drops in words, those of one kind in one line, the first ones first."""
        return self.events.explain()


def _cut(rows: list[Any], start: int) -> Iterator[_Row]:
    """The rows of a flat list, from the one of that number on."""
    cells = iter(rows[start * _WIDTH :] if start else rows)
    return zip(*[cells] * _WIDTH, strict=True)


class _EventMaker:
    """Makes events of rows, each but once however often somebody asks."""

    def __init__(self) -> None:
        self._made: list[TraceEvent] = []
        self._forgotten = 0
        self._last: dict[int, Packet] = {}
        self._entered: dict[tuple[int, str], Packet] = {}

    def make(self, rows: list[Any], forgotten: int) -> list[TraceEvent]:
        """The events of all rows.

        Args:
            rows: those that are kept.
            forgotten: how many came before them.
        """
        del self._made[: forgotten - self._forgotten]
        self._forgotten = forgotten
        for row in _cut(rows, len(self._made)):
            self._made.append(self._event(row))
        return list(self._made)

    def _event(self, row: _Row) -> TraceEvent:
        now, number, where, verdict, packet, drop = row
        before = None
        if verdict is Verdict.TRANSLATED:
            # copies and pieces of a packet all came as the first one did
            before = self._entered.setdefault((number, where), self._last.get(number, packet))
            if isinstance(packet.payload, Fragment) and packet.payload.offset:
                before = before._replace(
                    source=Address(before.source[0], 0),
                    destination=Address(before.destination[0], 0),
                )
        self._last[number] = packet
        return TraceEvent(now, number, where, verdict, packet, before, drop)
