"""What the server is asked to do: a script with its arguments, made of an order."""

from dataclasses import dataclass
from typing import Any

from signaling.nodes import codec
from signaling.orders import (
    Copy,
    Enter,
    Exit,
    Mark,
    Member,
    Order,
    Rehome,
    Revise,
    SetLock,
    Terms,
)

BATCH = 100
"""Rooms of a dead node that are cleared away in one step."""


@dataclass(frozen=True, slots=True)
class Call:
    """Run a script; what every script gets (`prelude.lua`) is put before the arguments.

    Attributes:
        script: The name of its file.
        arguments: Packed.
        order: What it was made of.
        number: Of this order among all of this node.
    """

    script: str
    arguments: bytes
    order: Order | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Publish:
    """Put a letter into the inbox of a node."""

    node: str
    letter: bytes


def _call(script: str, *arguments: Any, order: Order | None = None) -> Call:
    return Call(script, codec.encode(list(arguments)), order)


def carry(order: Order) -> Call:
    """Make the call of an order about a room."""
    match order:
        case Enter():
            return _enter(order)
        case Exit(room, peer, sid, reason, by, msg, heir):
            return _call("exit", room, peer, sid, reason, by, msg, heir, order=order)
        case Revise(room, peer, sid, meta):
            return _call("revise", room, peer, sid, codec.write_metadata(meta), order=order)
        case Mark(room, peer, sid, state, grace):
            return _call("mark", room, peer, sid, state, grace, order=order)
        case SetLock(room, peer, sid, locked):
            return _call("set_lock", room, peer, sid, locked, order=order)
        case Rehome(room, peer, sid, _):
            return _call("rehome", room, peer, sid, order=order)
        case _:
            raise AssertionError(f"not about a room: {order}")


def _enter(order: Enter) -> Call:
    member = order.member
    return _call(
        "enter",
        order.room,
        member.peer,
        member.sid,
        member.role,
        member.subject,
        codec.write_metadata(member.meta),
        codec.write_terms(order.terms),
        -1 if order.request is None else order.request,
        order.instead_of or "",
        order.duplicates,
        order.opener_is_host,
        order=order,
    )


def register(former: str, stamp: str, ttl: float, roster: list[str]) -> Call:
    """Say that this node is there."""
    return _call("register", former, stamp, round(ttl * 1000), roster)


def renew(ttl: float, stamp: str) -> Call:
    """Say that this node lives."""
    return _call("renew", round(ttl * 1000), stamp)


def restore(
    room: str, copy: Copy | None, own: list[Member], lives: list[str], spared: list[str]
) -> Call:
    """Say which members this node has in a room, those aside that are on their way elsewhere."""
    terms = Terms(max=1) if copy is None else copy.terms
    rev = 0 if copy is None else copy.rev
    members = [codec.write_member(member) for member in own]
    return _call("restore", room, rev, codec.write_terms(terms), members, lives, spared)


def look(room: str, terms: Terms) -> Call:
    """Ask for all that is true of a room."""
    return _call("look", room, codec.write_terms(terms))


def reap(corpse: str, grace: float) -> Call:
    """Mark the members of a dead node as gone."""
    return _call("reap", corpse, grace, BATCH)


RESTORED = _call("restored")
BURY = _call("bury", BATCH)
UNREGISTER = _call("unregister")
