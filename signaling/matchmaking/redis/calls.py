"""What the server is asked to do: a script with its arguments, made of an order, a claim or a wish."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from signaling.matchmaking.leading.words import (
    Dissolve,
    Drop,
    ForgetNode,
    Housekeeping,
    Lapse,
    ShutDown,
    Tell,
)
from signaling.matchmaking.ledger import dealings
from signaling.matchmaking.ledger.changes import KeptTicket
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.matches import Match
from signaling.matchmaking.packed.ticketrecords import write_ticket
from signaling.matchmaking.redis.codec import (
    NONE,
    write_match,
    write_opening,
    write_progress,
    write_stamp,
)
from signaling.matchmaking.tickets import Opening

_pack: Final = msgspec.msgpack.Encoder().encode
_TEXT: Final = struct.Struct("!BI")
"""How a long text begins."""
_LIST: Final = struct.Struct("!BH")
"""How a list begins."""


@dataclass(frozen=True, slots=True)
class Call:
    """Run a script; what every script gets (`prelude.lua`) is put before the arguments, what is long behind them."""

    script: str
    arguments: bytes
    order: dealings.Order | None = None
    behind: tuple[bytes, ...] = ()


def _call(script: str, *arguments: Any) -> Call:
    return Call(script, _pack(arguments))


def carry(order: dealings.Order) -> Call:
    """Make the call of an order."""
    match order:
        case dealings.Enqueue():
            return _enqueue(order)
        case dealings.Withdraw():
            request = _or_none(order.request)
            return _call("withdraw", order.ticket, order.sid, order.outcome.value, request)
        case dealings.Pause():
            return _call("pause", order.ticket, order.sid, order.paused)
        case dealings.MovePlayer():
            call = _call("move", order.ticket, order.sid, order.node)
            return replace(call, order=order)
        case dealings.Reply():
            who = (order.match, order.ticket, order.generation, order.sid)
            return _call("reply", *who, order.accepted, order.absent, _or_none(order.request))
        case dealings.Open(opening, sid, request):
            has_seats, body = any(opening.seats), write_opening(opening)
            args = (opening.id, opening.match, sid, has_seats, body, _or_none(request))
            return _call("open", *args)
        case dealings.Quit():
            return _call("quit", order.match, order.sid, order.reason)
        case dealings.Finish():
            result, request = order.result.decode(), _or_none(order.request)
            return _call("finish", order.match, order.sid, result, request)


def _enqueue(order: dealings.Enqueue) -> Call:
    ticket = order.ticket
    record = write_ticket(ticket)
    return _call(
        "enqueue",
        *(record.id, record.generation, record.enqueued, record.expires, order.expires_in),
        *(record.players, record.bodies[0], "\0".join(ticket.keys)),
        *(order.party or "", order.size, _or_none(order.request)),
    )


def recall(match: Match, left: dict[str, str]) -> Call:
    """Make the call that tells of a match that runs."""
    team = {each.ticket: each.team for each in match.seats}
    return _call(
        "recall",
        *(match.id, _beginning(match, None), write_match(match)),
        [team[ticket.id] for ticket in match.tickets],
        [write_ticket(ticket) for ticket in match.tickets],
        list(left.items()),
    )


def claim(claims: Iterable[Claim], epoch: int) -> Call:
    """Make the call of some claims."""
    claims = tuple(claims)
    call = _call("claim", epoch, [_claim(each) for each in claims])
    return replace(call, behind=tuple(map(_match, claims)))


def _claim(claim: Claim) -> tuple[Any, ...]:
    match = claim.match
    names = [name for name, _ in claim.tickets]
    return (
        *(claim.id, match.id, names, [write_stamp(stamp) for _, stamp in claim.tickets]),
        *(_ready(("left", names)), _ready(("asked", claim.id, match.accept_by))),
        _found(claim),
        *((match.opening or "", write_stamp(claim.opening)) if claim.opening else ("", "")),
    )


def _found(claim: Claim) -> list[Any]:
    """What each node is told, behind its name."""
    sids: dict[str, list[str]] = {}
    for waits in claim.known:
        for sid, node, _ in waits.places:
            if node in sids:
                sids[node].append(sid)
            else:
                sids[node] = [sid]
    told: list[Any] = []
    for node, some in sids.items():
        told += (node, _ready(("found", some, claim.id, (), False)))
    return told


def _match(claim: Claim) -> bytes:
    """Make what scripts keep of the match, and tell: four things, packed one after the other."""
    match = claim.match
    head = b"".join(
        map(_pack, (_beginning(match, claim.remainder), write_match(match), claim.teams))
    )
    tickets = [
        each.record if isinstance(each, KeptTicket) else _pack(write_ticket(each.ticket))
        for each in claim.known
    ]
    return b"".join((head, _LIST.pack(0xDC, len(tickets)), *tickets))


def _beginning(match: Match, remainder: Opening | None) -> tuple[Any, ...]:
    """What scripts know of a claim at first; who plays, and what it fills, they find in what they have."""
    rest = "" if remainder is None else write_opening(remainder)
    return (match.id, match.room, match.host, match.accept_by, rest)


def _ready(value: Any) -> msgspec.Raw:
    """Pack a value so that scripts get it as a text, and need not pack it; bytes of their own they cannot read."""
    data = _pack(value)
    return msgspec.Raw(_TEXT.pack(0xDB, len(data)) + data)


def keep_house(wish: Housekeeping, epoch: int) -> Call:
    """Make the call of what has run out of time."""
    match wish:
        case Lapse(claims):
            return _call("lapse", epoch, claims)
        case Drop(tickets, outcome):
            return _call("drop", epoch, outcome.value, tickets)
        case Dissolve(parties):
            return _call("dissolve", epoch, parties)
        case ShutDown(openings):
            return _call("shut", epoch, openings)
        case ForgetNode(node):
            return _call("forget_node", epoch, node)
        case dealings.Quit():
            return carry(wish)


def tell(wish: Tell, epoch: int) -> Call:
    """Make the call that tells a node how tickets stand."""
    return _call("tell", epoch, wish.node, [write_progress(each) for each in wish.reports])


def beat(
    process: str, new_store: str, lease: float, *, leads: bool, estimate: float | None = None
) -> Call:
    """Make the call that renews leases."""
    return _call("beat", process, leads, _or_none(estimate), lease, new_store)


def resign(process: str) -> Call:
    """Make the call that gives them up."""
    return _call("resign", process)


def _or_none(number: float | None) -> float:
    return NONE if number is None else number
