"""What the mapping depends on (RFC 4787 §4.1): hypotheses, of which evidence rules out some."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import Dependence
from nat.discovery.findings import Finding, known, unknown
from nat.discovery.judging.reading import Sighting, plural
from nat.discovery.judging.silence import SURE

_EI, _AD, _APD = Dependence
EVERY: Final = (_EI, _AD, _APD)
_SAYS: Final = {
    (_EI,): "all targets saw one external address and port",
    (_AD,): "each address saw another external port, all ports of one address the same",
    (_APD,): "each address and port saw another external port",
    (_AD, _APD): "different addresses saw different external ports, and no second port of one"
    " address was seen, so it depends on the address or on address and port",
    (_EI, _AD): "two ports of one address saw one external port, and no other address answered",
}


@dataclass(frozen=True, slots=True)
class Group:
    """What several targets saw of one port of ours.

    Attributes:
        possible: the hypotheses that are left of it.
        sightings: by which.
        unstable: whether one target saw it at two addresses.
        confirmed: whether one target saw it twice, so that it had not ended in between.
        lucky: whether addresses are drawn, and what is equal may be so by accident.
    """

    possible: tuple[Dependence, ...]
    sightings: tuple[Sighting, ...]
    unstable: bool = False
    confirmed: bool = False
    lucky: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """What is found of the mapping.

    Attributes:
        found: on what it depends.
        is_deterministic: whether repetitions agreed (RFC 4787 §8, REQ-11).
        agrees: whether nothing that was seen speaks against the rest.
    """

    found: Finding[Dependence]
    is_deterministic: Finding[bool]
    agrees: bool = True


def judge_mapping(sightings: Sequence[Sighting], hosts: int, *, by_socket: bool = True) -> Mapping:
    """Find out on what the mapping depends.

    Args:
        sightings: by servers that are believed.
        hosts: how many external addresses were seen.
        by_socket: whether a socket speaks to all targets, or there is one for each (TCP).
    """
    groups = list(_groups(sightings, hosts, by_socket=by_socket))
    if not groups:
        return _nothing(sightings)
    if any(each.unstable for each in groups):
        why = "one target saw one port of ours at two addresses: the NAT, or a server, is fickle"
        return Mapping(unknown(why, tests=len(groups)), unknown(why), agrees=False)
    possible = _common(groups)
    if not possible:
        return _contradiction(groups)
    informed = [each for each in groups if len(each.possible) < len(EVERY)]
    return Mapping(_found(possible, informed, hosts), _determined(informed))


def _nothing(sightings: Sequence[Sighting]) -> Mapping:
    if not sightings:
        why = "no server that can be believed has said how it sees us"
    else:
        why = "only one address was asked that answered: that does not tell what others would see"
    return Mapping(unknown(why, tests=len(sightings)), unknown(why))


def _groups(sightings: Iterable[Sighting], hosts: int, *, by_socket: bool) -> Iterable[Group]:
    by_port: dict[object, list[Sighting]] = defaultdict(list)
    for each in sightings:
        by_port[each.socket if by_socket else each.local].append(each)
    several = [
        seen
        for port, seen in by_port.items()
        if port is not None and len({each.target for each in seen}) > 1
    ]
    draws = hosts > 1 and any(map(_draws, several))
    for seen in several:
        one_port = len({each.mapped.port for each in seen}) == 1
        kept = all(each.keeps_port for each in seen)
        # Where ports are kept and addresses drawn, equality may be luck.
        yield _group(seen, hosts if kept or (draws and one_port) else 1)


def _draws(seen: Sequence[Sighting]) -> bool:
    """Whether a port was seen at several addresses, as behind a NAT of ours that chose it.

    The outer one keeps it, then, and draws addresses.
    """
    mapped = {each.mapped for each in seen}
    return len(mapped) > 1 and len({each.port for each in mapped}) == 1


def _group(seen: Sequence[Sighting], hosts: int) -> Group:
    """What is left of one port; of how many addresses its own may be drawn, is given."""
    same_host, other_host, luck = set(), set(), 0.0
    for one, other in itertools.combinations(seen, 2):
        equal = one.mapped == other.mapped
        if one.target == other.target:
            if not equal:
                return Group((), tuple(seen), unstable=True)
        elif one.target.host == other.target.host:
            same_host.add(equal)
        else:
            other_host.add(equal)
    if hosts > 1:
        luck = hosts ** -float(len({each.target for each in seen}) - 1)
    return Group(
        _left(same_host, other_host, proves=luck < SURE),
        tuple(seen),
        confirmed=len(seen) > len({each.target for each in seen}),
        lucky=luck >= SURE,
    )


def _left(same_host: set[bool], other_host: set[bool], *, proves: bool) -> tuple[Dependence, ...]:
    """The hypotheses that agree with what was equal and what was not.

    Args:
        same_host: whether two ports of one address saw the same.
        other_host: whether two addresses did.
        proves: whether equality cannot be luck.
    """
    left = []
    if False not in same_host and False not in other_host:
        left.append(_EI)
    if False not in same_host and not (proves and True in other_host):
        left.append(_AD)
    if not proves or (True not in same_host and True not in other_host):
        left.append(_APD)
    return tuple(left)


def _common(groups: Iterable[Group]) -> tuple[Dependence, ...]:
    left = set(EVERY)
    for each in groups:
        left &= set(each.possible)
    return tuple(each for each in EVERY if each in left)


def _contradiction(groups: Sequence[Group]) -> Mapping:
    left = {each for group in groups for each in group.possible}
    possible = tuple(each for each in EVERY if each in left) if len(left) < len(EVERY) else ()
    why = f"{len(groups)} ports were mapped in ways that do not agree"
    found = unknown(why, tests=len(groups), possible=possible)
    # one that was seen but once may have been lost and made anew; and luck is no rule
    sure = [each for each in groups if each.confirmed and not each.lucky]
    if all(group.possible for group in groups) and not _common(sure):
        return Mapping(found, known(value=False, why=why, tests=len(groups)), agrees=False)
    return Mapping(found, unknown(why), agrees=False)


def _found(
    possible: tuple[Dependence, ...], groups: Sequence[Group], hosts: int
) -> Finding[Dependence]:
    servers = len({each.server for group in groups for each in group.sightings})
    if len(possible) == 1:
        return known(possible[0], _SAYS[possible], tests=len(groups), servers=servers)
    why = _SAYS.get(possible, "what was seen does not decide")
    if hosts > 1:
        why = f"there are {hosts} external addresses and ports are kept, so equality may be luck"
    left = () if len(possible) == len(EVERY) else possible
    return unknown(why, tests=len(groups), possible=left)


def _determined(groups: Sequence[Group]) -> Finding[bool]:
    single = [each for each in groups if len(each.possible) == 1]
    if len(single) > 1:
        agreed = f"{plural(len(single), 'port')} were mapped in the same way"
        return known(value=True, why=agreed, tests=len(single))
    return unknown("there was no repetition")
