"""What goes through the pipe between a server and its matcher: lengths and packed bytes.

Tickets go one way only: what is proposed is told by their names.
"""

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec

from signaling.faults import DecodeError
from signaling.matchmaking.leading.matching import Feed, Tick, Work
from signaling.matchmaking.packed.ticketrecords import read_record
from signaling.matchmaking.proposals import Blocked, HookFault, Proposal, Ticked
from signaling.matchmaking.tickets import Opening, Ticket

LENGTH: Final = struct.Struct("!cI")
"""The kind of what follows, and its length in bytes."""
PROPOSALS: Final = 200
"""Proposals of one frame, at most."""

_pack = msgspec.msgpack.Encoder().encode


class _Feed(msgspec.Struct, array_like=True):
    """A feed: of tickets that are kept as bytes there are these, which come through as they are."""

    put: tuple[Ticket, ...]
    gone: tuple[str, ...]
    opened: tuple[Opening, ...]
    shut: tuple[str, ...]
    kept: tuple[bytes, ...]


_feed = msgspec.msgpack.Decoder(_Feed)
_tick = msgspec.msgpack.Decoder(Tick)


@dataclass(frozen=True, slots=True)
class Named:
    """A proposal by the names of its tickets."""

    teams: tuple[tuple[str, ...], ...]
    region: str | None
    quality: float
    opening: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a tick came to; the last part has all but the proposals of those before."""

    number: int
    proposals: tuple[Named, ...]
    is_last: bool = False
    blocked: dict[str, Blocked] = field(default_factory=dict)
    took: float = 0.0
    cut: int = 0
    faults: tuple[HookFault, ...] = ()


_part = msgspec.msgpack.Decoder(Part)


def write_work(todo: Work) -> bytes:
    """Write what there is to do."""
    if isinstance(todo, Feed):
        kept = tuple(each.record for each in todo.kept)
        return _frame(b"f", _pack(_Feed(todo.put, todo.gone, todo.opened, todo.shut, kept)))
    return _frame(b"t", _pack(todo))


def read_work(kind: bytes, data: bytes, queue: str) -> Work:
    """Read what there is to do for a queue; tickets that cannot be read are passed over."""
    if kind == b"t":
        return _tick.decode(data)
    feed = _feed.decode(data)
    put = list(feed.put)
    for record in feed.kept:
        with suppress(DecodeError):
            put.append(read_record(record, queue))
    return Feed(tuple(put), feed.gone, feed.opened, feed.shut)


def write_ticked(number: int, ticked: Ticked, took: float) -> Iterator[bytes]:
    """Write what a tick came to."""
    named = [
        Named(
            tuple(tuple(ticket.id for ticket in team) for team in each.teams),
            *(each.region, each.quality, each.opening),
        )
        for each in ticked.proposals
    ]
    while len(named) > PROPOSALS:
        yield _frame(b"r", _pack(Part(number, tuple(named[:PROPOSALS]))))
        del named[:PROPOSALS]
    rest = (dict(ticked.blocked), took, ticked.cut, ticked.faults)
    yield _frame(b"r", _pack(Part(number, tuple(named), True, *rest)))


def read_part(data: bytes) -> Part:
    """Read some of what a tick came to."""
    return _part.decode(data)


def named_to_proposal(named: Named, queue: str, tickets: Mapping[str, Ticket]) -> Proposal | None:
    """Make it a proposal again; None where a ticket is known no more."""
    if any(name not in tickets for team in named.teams for name in team):
        return None
    teams = tuple(tuple(tickets[name] for name in team) for team in named.teams)
    return Proposal(queue, teams, named.region, named.quality, named.opening)


def _frame(kind: bytes, data: bytes) -> bytes:
    return LENGTH.pack(kind, len(data)) + data
