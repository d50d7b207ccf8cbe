"""Which external addresses there are, and how a new mapping comes by one (RFC 4787 §4.1, §4.2)."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from nat.choices import Pooling
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Sighting, plural
from nat.discovery.report import PortRule

_ENOUGH: Final = 14
"""Mappings with one address, or one parity, until that is no luck: 1 in 2 to the 13th."""
_FEW: Final = 3
_NEAR: Final = 64
"""Ports in a row lie this near to each other, though others ask between."""


def external_hosts(sightings: Sequence[Sighting]) -> tuple[str, ...]:
    """The external addresses, first seen first."""
    return tuple(dict.fromkeys(each.mapped.host for each in sightings))


def judge_pooling(sightings: Sequence[Sighting]) -> Finding[Pooling]:
    """Find out whether all mappings have one external address (RFC 4787 REQ-2)."""
    if not sightings:
        return unknown("no server that can be believed has said how it sees us")
    hosts = external_hosts(sightings)
    mappings = {(each.local or each.socket, each.mapped) for each in sightings}
    servers = len({each.server for each in sightings})
    if len(hosts) == 1:
        if len(mappings) < _ENOUGH:
            why = f"{plural(len(mappings), 'mapping')}, all with one address: that may be luck"
            return unknown(why, tests=len(mappings))
        why = f"{len(mappings)} mappings had one external address"
        return known(Pooling.PAIRED, why, tests=len(mappings), servers=servers)
    if len({each.local.host for each in sightings if each.local}) > 1:
        return unknown("we had several own addresses ourselves")
    if _has_moved(sightings):
        return unknown(f"the external address has changed on the way: {' to '.join(hosts)}")
    if _depends_on_server(sightings):
        return unknown("each server saw another address: several ways out, or one of them is wrong")
    if _rests_on_one(sightings):
        return unknown("of two addresses, one was seen by one server alone, or at one port")
    why = f"mappings of one host had {len(hosts)} external addresses"
    return known(Pooling.ARBITRARY, why, tests=len(mappings), servers=servers)


def _has_moved(sightings: Sequence[Sighting]) -> bool:
    """Whether each address may have come when the one before it had gone.

    When a mapping was made is not known better than between a question and its answer.
    """
    last: dict[str, float] = {}
    first: dict[str, float] = {}
    for each in sightings:
        host = each.mapped.host
        last[host] = max(each.at, last.get(host, each.at))
        first[host] = min(each.by, first.get(host, each.by))
    order = sorted(last, key=lambda host: last[host])
    return all(last[one] <= first[other] for one, other in itertools.combinations(order, 2))


def _rests_on_one(sightings: Sequence[Sighting]) -> bool:
    """Whether fewer than two addresses were seen at two ports, and by two servers where there are several.

    A server that is wrong now and then sees another one as well.
    """
    ports: dict[str, set[int]] = defaultdict(set)
    servers: dict[str, set[str]] = defaultdict(set)
    for each in sightings:
        ports[each.mapped.host].add(each.socket)
        servers[each.mapped.host].add(each.server)
    witnesses = min(2, len({each.server for each in sightings}))
    sure = [host for host in ports if len(ports[host]) > 1 and len(servers[host]) >= witnesses]
    return len(sure) < 2


def _depends_on_server(sightings: Sequence[Sighting]) -> bool:
    hosts: dict[str, set[str]] = defaultdict(set)
    for each in sightings:
        hosts[each.target.host].add(each.mapped.host)
    return all(len(seen) == 1 for seen in hosts.values())


def judge_ports(sightings: Sequence[Sighting]) -> PortRule:
    """Find out how external ports are chosen, of the first mapping of each port of ours."""
    firsts: dict[int, Sighting] = {}
    for each in sightings:
        firsts.setdefault(each.socket, each)
    fresh = [each for each in firsts.values() if each.local is not None]
    if not fresh:
        nothing = unknown("no port of ours was seen from outside")
        return PortRule(nothing, nothing, nothing, nothing)
    preserving = _preserving(fresh)
    return PortRule(preserving, _parity(fresh), _contiguity(fresh), _delta(sightings, preserving))


def _preserving(fresh: Sequence[Sighting]) -> Finding[bool]:
    kept = sum(each.keeps_port for each in fresh)
    if kept == 0:
        why = f"none of {plural(len(fresh), 'port')} was kept"
        return known(value=False, why=why, tests=len(fresh))
    if kept == 1 < len(fresh):
        return unknown(f"1 of {len(fresh)} ports was kept, which may be luck", tests=len(fresh))
    why = f"{kept} of {plural(len(fresh), 'port')} were kept"
    return known(value=True, why=why, tests=kept, against=len(fresh) - kept)


def _parity(fresh: Sequence[Sighting]) -> Finding[bool]:
    kept = sum(each.local.port % 2 == each.mapped.port % 2 for each in fresh if each.local)
    other = len(fresh) - kept
    if other > 1:
        return known(
            value=False,
            why=f"{other} of {len(fresh)} even or odd ports became the other",
            tests=other,
        )
    if kept >= _ENOUGH and not other:
        return known(value=True, why=f"{kept} even or odd ports stayed so", tests=kept)
    return unknown(f"{kept} of {plural(len(fresh), 'port')} stayed even or odd: that may be luck")


def _contiguity(fresh: Sequence[Sighting]) -> Finding[bool]:
    by_port = {each.local: each for each in fresh if each.local}
    pairs = [
        (each, above)
        for local, each in by_port.items()
        if local.port % 2 == 0 and (above := by_port.get(local._replace(port=local.port + 1)))
    ]
    if not pairs:
        return not_tested("no two ports beside each other were asked")
    beside = [(low, high) for low, high in pairs if high.mapped.port == low.mapped.port + 1]
    if len(beside) < len(pairs):
        return known(value=False, why="ports beside each other were mapped apart", tests=len(pairs))
    keeping = all(low.keeps_port for low, _ in beside)
    backwards = any(high.at < low.at for low, high in beside)
    if keeping or backwards or _apart(fresh, beside):
        return known(value=True, why="ports beside each other stayed so", tests=len(pairs))
    return unknown("ports beside each other stayed so, but every new mapping gets the next port")


def _apart(fresh: Sequence[Sighting], beside: Sequence[tuple[Sighting, Sighting]]) -> bool:
    """Whether new mappings that are no neighbours inside are none outside, either."""
    inside = {id(each) for pair in beside for each in pair}
    others = [each for each in fresh if id(each) not in inside]
    return len(others) >= _FEW and all(
        abs(one.mapped.port - other.mapped.port) > _NEAR
        for one, other in itertools.pairwise(sorted(others, key=lambda each: each.at))
    )


def _delta(sightings: Sequence[Sighting], preserving: Finding[bool]) -> Finding[int]:
    if preserving.value:
        return not_tested("ports are kept")
    seen = dict.fromkeys(each.mapped for each in sightings if len(each.transaction.sent) == 1)
    ports = [each.port for each in seen]
    if len(ports) <= _FEW:
        return unknown(f"only {plural(len(ports), 'mapping')} were seen")
    steps = [(after - before) % 65536 for before, after in itertools.pairwise(ports)]
    near = [step for step in steps if 0 < step <= _NEAR]
    if len(near) * 3 < len(steps):
        return known(0, "ports follow no order", tests=len(steps))
    least = min(near)
    fitting = sum(step % least == 0 for step in near)
    if fitting == len(near) == len(steps) and steps.count(least) * 2 >= len(steps):
        return known(least, f"each new mapping gets a port {least} higher", tests=len(steps))
    return unknown("ports lie near each other, but follow no steady step", tests=len(steps))
