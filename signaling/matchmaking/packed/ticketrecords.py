"""Tickets as a store keeps them: a packed record, whose bodies no script looks into."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

import msgspec

from signaling.faults import DecodeError
from signaling.matchmaking.ledger.changes import KeptTicket, Place
from signaling.matchmaking.packed import records
from signaling.matchmaking.tickets import Player, Ticket

_json: Final = msgspec.json.Encoder().encode
_body: Final = msgspec.json.Decoder(records.Body)
_record: Final = msgspec.msgpack.Decoder(records.TicketRecord)
_head: Final = msgspec.msgpack.Decoder(records.TicketHead)
NEVER: Final = 1e300
"""JSON has no infinity."""
_BROKEN: Final = (msgspec.MsgspecError, UnicodeDecodeError, ValueError, IndexError)


def write_ticket(ticket: Ticket) -> records.TicketRecord:
    """Write a ticket."""
    properties, avoid = dict(ticket.properties), tuple(sorted(ticket.avoid))
    traits = [
        records.Traits(each.subject, each.rating, dict(each.rtt), each.openness, each.bot)
        for each in ticket.players
    ]
    body = records.Body(traits, ticket.keys, properties, avoid)
    places = [(player.sid, player.node, player.peer) for player in ticket.players]
    times = (ticket.enqueued, min(ticket.expires, NEVER))
    return records.TicketRecord(
        places, ticket.id, ticket.generation, *times, [], [_json(body).decode()]
    )


def read_ticket(record: records.TicketRecord, queue: str) -> Ticket:
    """Read a ticket.

    Raises:
        DecodeError: It is none.
    """
    body: records.Body = decode(_body, record.bodies[0])
    if len(record.bodies) > 1:
        body = _join([decode(_body, each) for each in record.bodies])
    return Ticket(
        record.id,
        queue,
        tuple(map(_player, record.players, body.players)),
        record.generation,
        body.keys,
        record.enqueued,
        float("inf") if record.expires >= NEVER else record.expires,
        body.properties,
        frozenset(body.avoid),
        bool(record.away),
    )


def _join(bodies: list[records.Body]) -> records.Body:
    """What a party's players have asked for: the first speaks for all, but for whom they avoid."""
    players = [player for body in bodies for player in body.players]
    avoid = tuple(name for body in bodies for name in body.avoid)
    return records.Body(players, bodies[0].keys, bodies[0].properties, avoid)


def _player(place: Place, has: records.Traits) -> Player:
    sid, node, peer = place
    return Player(peer, sid, node, has.subject, has.rating, has.rtt, has.openness, has.bot)


def read_record(data: bytes, queue: str) -> Ticket:
    """Read a ticket as it is kept.

    Raises:
        DecodeError: It is none.
    """
    return read_ticket(decode(_record, data), queue)


@cache
def reader(queue: str) -> Callable[[bytes], Ticket]:
    """What reads the tickets of a queue."""
    return partial(read_record, queue=queue)


def read_head(record: bytes, stamp: int, queue: str) -> KeptTicket:
    """Read of a ticket what a leader looks at.

    Raises:
        DecodeError: It is none.
    """
    head: records.TicketHead = decode(_head, record)
    expires = float("inf") if head.expires >= NEVER else head.expires
    where = (head.players, head.id, head.generation, head.enqueued, expires)
    return KeptTicket(*where, stamp, record, reader(queue))


def decode(decoder: Any, data: bytes | str) -> Any:
    """Read what scripts, or another node, have written.

    Raises:
        DecodeError: It is not what they write.
    """
    try:
        return decoder.decode(data)
    except _BROKEN as error:
        raise DecodeError(f"not what a queue's scripts write: {error}") from error
