"""A session on its way from one node to another, as bytes: all that it takes to go on there."""

from typing import Final

import msgspec

from signaling.gate import Identity
from signaling.messages import IceServer, Join, Metadata
from signaling.orders import Member, Terms
from signaling.queueplaces import SavedPlace


class SavedSeat(msgspec.Struct, frozen=True, array_like=True):
    """A place in a room, and the room as the session's members know it."""

    room: str
    meta: Metadata
    fixed: Metadata | None
    ice: tuple[IceServer, ...] | None
    terms: Terms
    members: tuple[Member, ...]
    rev: int


class SavedSession(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Everything about a session; times are seconds that are left.

    Attributes:
        node: Where it comes from.
        under_way: Sessions to which it may have sent something from there, and to which nodes that went.
    """

    node: str
    sid: str
    peer: str
    meta: Metadata
    identity: Identity
    expires_in: float | None
    notice: float
    client: str
    region: str
    generation: int
    proven: int
    sent: int
    heard: int
    frames: tuple[bytes, ...]
    mids: tuple[str, ...]
    seats: tuple[SavedSeat, ...]
    joins: tuple[Join, ...]
    grace: float
    under_way: tuple[tuple[str, str], ...]
    tickets: int = 0
    places: tuple[SavedPlace, ...] = ()


class GoneOn(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """In the place of a session: it has gone on to another node."""

    node: str


_encoder = msgspec.msgpack.Encoder()
_decoder: Final[msgspec.msgpack.Decoder[SavedSession | GoneOn]] = msgspec.msgpack.Decoder(
    SavedSession | GoneOn
)


def encode(saved: SavedSession | GoneOn) -> bytes:
    """Write a session, or where it is, as bytes."""
    return _encoder.encode(saved)


def decode(state: bytes) -> SavedSession | GoneOn | None:
    """Read a session; None if another version wrote it."""
    try:
        return _decoder.decode(state)
    except (msgspec.DecodeError, RecursionError):
        return None
