"""The rooms of all nodes, as an operator sees them."""

from dataclasses import dataclass

import msgspec

from signaling.messages import Topology
from signaling.nodes.codec import read_member
from signaling.nodes.letters import Member as WrittenMember
from signaling.orders import Member, Terms


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """A room at some moment; members in the order in which they came."""

    name: str
    members: tuple[Member, ...]
    terms: Terms
    rev: int


class _Head(msgspec.Struct, array_like=True, frozen=True):
    rev: int
    max: int
    topology: Topology
    key: str
    locked: bool


_head = msgspec.msgpack.Decoder(_Head)
_member = msgspec.msgpack.Decoder(WrittenMember)


def read_room(name: str, fields: dict[bytes, bytes]) -> RoomSeen | None:
    """Read the hash of a room; None where there is none."""
    if b"=" not in fields:
        return None
    head = _head.decode(fields[b"="])
    written = (_member.decode(value) for key, value in fields.items() if key != b"=")
    members = sorted(map(read_member, written), key=lambda member: (member.since, member.sid))
    terms = Terms(head.max, head.topology, head.key, head.locked)
    return RoomSeen(name, tuple(members), terms, head.rev)
