"""What an operator asks of all nodes together: their rooms, and the key they share."""

import secrets
from typing import Any

import msgspec
from redis.asyncio import Redis

from signaling.messages import Topology
from signaling.nodes.codec import read_member
from signaling.nodes.letters import Member as WrittenMember
from signaling.orders import RoomSeen, Terms


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


async def list_rooms(client: Redis, prefix: str) -> list[RoomSeen]:
    """List the rooms of all nodes by name."""
    start = f"{prefix}room:"
    found = [key async for key in client.scan_iter(f"{_literal(start)}*", count=500)]
    pipeline = client.pipeline(transaction=False)
    for key in found:
        pipeline.hgetall(key)
    hashes = await pipeline.execute()
    names = (key.decode()[len(start) :] for key in found)
    rooms = (read_room(name, fields) for name, fields in zip(names, hashes, strict=True))
    return sorted((room for room in rooms if room is not None), key=lambda room: room.name)


async def look_up(client: Redis, prefix: str, room: str) -> RoomSeen | None:
    """Read one room."""
    fields: Any = await client.hgetall(f"{prefix}room:{room}")
    return read_room(room, fields)


async def share_key(client: Redis, prefix: str) -> bytes:
    """Read the key that all nodes share; the first one makes it."""
    name = f"{prefix}resume-key"
    await client.set(name, secrets.token_bytes(32), nx=True)
    key = await client.get(name)
    assert isinstance(key, bytes)
    return key


def _literal(text: str) -> str:
    """Write a text as a pattern that matches nothing else."""
    return "".join(f"\\{c}" if c in "*?[]\\^-" else c for c in text)
