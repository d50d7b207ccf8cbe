"""The places of a world as a trace knows them: names, addresses, and what stands behind what."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from nat.packets import Address


class PlaceKind(enum.Enum):
    """What packets pass or end at."""

    HOST = "host"
    NAT = "NAT"
    FIREWALL = "firewall"


@dataclass(frozen=True, slots=True)
class Place:
    """A host, a NAT or a firewall.

    Attributes:
        name: as the trace has it.
        kind: which of them.
        addresses: those it has; of a NAT those outside.
        behind: the NAT or firewall in whose LAN it is, or None for the internet.
    """

    name: str
    kind: PlaceKind
    addresses: tuple[str, ...] = ()
    behind: str | None = None


@runtime_checkable
class Named(Protocol):
    """A host or a NAT of the simulator."""

    @property
    def name(self) -> str:
        """As the trace has it."""


Where = str | Named
"""A place: the host or NAT itself, or its name."""


def name_of(where: Where) -> str:
    """The name of a place."""
    return where if isinstance(where, str) else where.name


class Places:
    """The places that somebody has told of, in that order. There may be others in the trace."""

    def __init__(self) -> None:
        self._known: dict[str, Place] = {}

    def __iter__(self) -> Iterator[Place]:
        return iter(self._known.values())

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def add(self, place: Place) -> None:
        """Tell of a place. One that is known already has moved, and keeps the addresses it had besides."""
        old = self._known.get(place.name)
        kept = () if old is None else tuple(a for a in old.addresses if a not in place.addresses)
        new = Place(place.name, place.kind, (*place.addresses, *kept), place.behind)
        self._known[place.name] = new

    def get(self, name: str) -> Place | None:
        """The place of that name, if it is known."""
        return self._known.get(name)

    def behind(self, name: str) -> tuple[str, ...]:
        """The NATs between a place and the internet, the nearest first."""
        found: list[str] = []
        place = self._known.get(name)
        while place is not None and place.behind is not None and place.behind not in found:
            found.append(place.behind)
            place = self._known.get(place.behind)
        return tuple(found)

    def inside(self, name: str) -> tuple[str, ...]:
        """The hosts behind a NAT, however many NATs are between."""
        return tuple(
            place.name
            for place in self
            if place.kind is PlaceKind.HOST and name in self.behind(place.name)
        )


def read_address(text: str) -> Address | None:
    """Read `203.0.113.1:4711` or `[2001:db8::1]:4711`; None for anything else."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 0xFFFF:
        return None
    if host.startswith("[") and host.endswith("]"):
        return Address(host[1:-1], int(port))
    return Address(host, int(port)) if host and ":" not in host else None
