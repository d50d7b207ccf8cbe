"""What live allocations look like from outside, a page at a time, and how an operator ends some of them.

A page is small and so is what one call ends, because ten thousand allocations at once would hold up every packet
meanwhile: whoever wants all asks again.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from operator import attrgetter

from relay.allocations import Allocation
from relay.counters import Usage
from relay.fivetuple import FiveTuple
from relay.outputs import Output
from relay.registry import Registry
from stunwire import Address

MOST_IN_A_PAGE = 200
MOST_ENDED = 100

_number = attrgetter("number")


@dataclass(frozen=True, slots=True)
class Session:
    """One allocation, as of now; times are seconds.

    Args:
        number: of the allocation.
        user: as the client names itself.
        five_tuple: whose it is, and how it is reached.
        relayed: the relayed transport address.
        age: since it was made.
        expires_in: until it ends, unless it is refreshed.
        permissions: peers' hosts with a permission.
        channels: channels bound.
        connections: with peers, over TCP.
        usage: what it relayed.
    """

    number: int
    user: str
    five_tuple: FiveTuple
    relayed: Address
    age: float
    expires_in: float
    permissions: int
    channels: int
    connections: int
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which allocations are meant; what is None does not matter.

    Args:
        user: the name that the client shows, or the user in a time-limited one.
        host: the client's address.
        port: the client's port.
        number: of the allocation.

    Raises:
        ValueError: `host` is not an IP address.
    """

    user: str | None = None
    host: str | None = None
    port: int | None = None
    number: int | None = None

    def __post_init__(self) -> None:
        if self.host is not None:
            object.__setattr__(self, "host", str(ip_address(self.host)))

    def among(self, allocations: Sequence[Allocation]) -> Sequence[Allocation]:
        """Give those that are meant, in their order; each pass is one loop, since there may be ten thousand."""
        found = allocations
        if self.number is not None:
            found = [one for one in found if one.number == self.number]
        if self.user is not None:
            found = [one for one in found if self.user in _names(one)]
        if self.host is not None:
            found = [one for one in found if one.five_tuple.client.host == self.host]
        if self.port is not None:
            found = [one for one in found if one.five_tuple.client.port == self.port]
        return found


EVERY = Selection()


@dataclass(frozen=True, slots=True)
class Page:
    """Some sessions, in the order of their numbers, and the number to go on after; None at the end."""

    sessions: tuple[Session, ...]
    go_on_after: int | None


def page(registry: Registry, selection: Selection, *, after: int, limit: int, now: float) -> Page:
    """Describe at most `limit` allocations with numbers above `after`."""
    limit = max(1, min(limit, MOST_IN_A_PAGE))
    in_order = sorted(registry.all(), key=_number)  # they are almost, so this is quick
    found = selection.among(in_order[bisect_right(in_order, after, key=_number) :])
    sessions = tuple(_describe(one, registry, now) for one in found[:limit])
    return Page(sessions, sessions[-1].number if len(found) > limit else None)


@dataclass(frozen=True, slots=True)
class Ended:
    """What ending some allocations asks of the shell.

    Args:
        outputs: to be carried out.
        count: how many were ended.
        left: how many of those that are meant still live.
    """

    outputs: list[Output]
    count: int
    left: int


def end_some(registry: Registry, selection: Selection, now: float) -> Ended:
    """End allocations that are meant, at most `MOST_ENDED` of them.

    Their clients learn it from the next answer, 437. A client that still has a good credential may come again: to
    keep it away, take its user out of the configuration first.
    """
    meant = selection.among(registry.all())
    outputs: list[Output] = []
    for allocation in meant[:MOST_ENDED]:
        outputs += registry.end(allocation, "ended by the operator", now)
    count = min(len(meant), MOST_ENDED)
    return Ended(outputs, count, len(meant) - count)


def _names(allocation: Allocation) -> tuple[str, str]:
    credential = allocation.credential
    return credential.username, credential.owner.name


def _describe(allocation: Allocation, registry: Registry, now: float) -> Session:
    return Session(
        number=allocation.number,
        user=allocation.credential.username,
        five_tuple=allocation.five_tuple,
        relayed=allocation.relayed,
        age=now - allocation.answered.at,
        expires_in=allocation.expires - now,
        permissions=len(allocation.permissions),
        channels=len(allocation.channels),
        connections=registry.connections.count(allocation.number),
        usage=replace(allocation.usage),
    )
