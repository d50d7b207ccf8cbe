"""Which places a diagram shows, and in which order: a home at the left, the others at the right, servers between."""

from collections.abc import Iterable, Sequence

from nat.trace.events import TraceEvent
from nat.trace.places import Place, PlaceKind, Places


def columns(events: Iterable[TraceEvent], places: Places) -> list[Place]:
    """The places of a diagram, from left to right.

    The first place that sends stands at the left, with its NATs beside it from inside out; every other
    home is the same seen in a mirror, and hosts without a NAT stand in between. Hosts behind one NAT
    stand on both sides of it. Links and networks get no column of their own.
    """
    events = list(events)
    seen = dict.fromkeys(event.where for event in events)
    told = any(name in places for name in seen)
    shown = [name for name in seen if name in places or not told]
    if not told:
        return [Place(name, PlaceKind.HOST) for name in shown]
    homes: dict[tuple[str, ...], list[str]] = {}
    for name in shown:
        place = places.get(name)
        if place is not None and place.kind is PlaceKind.HOST:
            homes.setdefault(places.behind(name), []).append(name)
    order = [name for name in _order(homes) if name in seen]
    for name in shown:
        if name not in order:
            order.insert(_place_beside(name, events, order), name)
    return [place for name in order if (place := places.get(name)) is not None]


def _place_beside(name: str, events: Sequence[TraceEvent], order: Sequence[str]) -> int:
    """Where a box that stands before no host of its own goes: beside where its packets come from.

    So does the firewall for IPv6 in a home whose NAT is for IPv4.
    """
    numbers = {event.packet for event in events if event.where == name}
    for event in events:
        if event.packet in numbers and event.where in order:
            at = order.index(event.where)
            return at + 1 if at < len(order) / 2 else at
    return len(order)


def _order(homes: dict[tuple[str, ...], list[str]]) -> list[str]:
    servers = homes.pop((), [])
    if not homes:
        return servers
    (nats, hosts), *others = homes.items()
    left, right = [hosts[0], *nats], list(hosts[1:])
    if not others:
        return _unique([*left, *right, *servers])
    order = [*hosts, *nats, *servers]
    for nats, hosts in others:
        order += [*reversed(nats), *hosts]
    return _unique(order)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
