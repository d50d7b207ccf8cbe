"""What a NAT's mapping depends on, from the addresses at which several destinations saw one base.

RFC 5780 §4.3 asks one server at two addresses; here every STUN server and every answer to a check
is such a destination. Two observations that agree, or do not, rule out some of RFC 4787 §4.1's
three behaviours.
"""

import itertools
from collections.abc import Iterable

from nat import Dependence
from peer.explanation import addresses
from peer.explanation.addresses import Kind
from peer.explanation.evidence import UNKNOWN_HOST, UNKNOWN_PORT, Observation
from peer.explanation.findings import Certainty, Possible

_ANYONE = Dependence.ENDPOINT_INDEPENDENT
_ONE_ADDRESS = Dependence.ADDRESS_DEPENDENT
_ONE_PORT = Dependence.ADDRESS_AND_PORT_DEPENDENT
_ALL = frozenset(Dependence)


def judge(observations: Iterable[Observation]) -> Possible:
    """What the mapping may depend on.

    What only a check shows is inferred: a NAT with sessions answers a remote that came in first by
    the port at which it came, whatever its mapping is, and may take another port where that one is
    taken. What servers saw counts more where the two do not fit together.
    """
    translated = [one for one in observations if one.mapped[0] != one.base[0]]
    measured = _left(one for one in translated if one.by_server)
    left = _left(translated)
    if not left or left == measured:
        left = measured
    if not left or left == _ALL:
        return Possible()
    # Two names may be one host, which would see one port in any case.
    names = _ANYONE in left and any(_is_named(one) for one in translated if one.by_server)
    certainty = Certainty.MEASURED if left == measured and not names else Certainty.INFERRED
    return Possible(tuple(value for value in Dependence if value in left), certainty)


def _left(observations: Iterable[Observation]) -> frozenset[Dependence]:
    """The behaviours that fit them all."""
    left = _ALL
    for one, other in itertools.combinations(observations, 2):
        if one.base == other.base and not _is_one_destination(one, other):
            left &= _fitting(one, other)
    return left


def differing(observations: Iterable[Observation]) -> tuple[Observation, Observation] | None:
    """Two observations of one base at different external addresses, those of servers first."""
    ordered = sorted(observations, key=lambda one: not one.by_server)
    for one, other in itertools.combinations(ordered, 2):
        if one.base == other.base and one.mapped != other.mapped and _both_translated(one, other):
            return one, other
    return None


def keeps_ports(observations: Iterable[Observation]) -> bool | None:
    """Whether the external port is the internal one wherever it was seen; `None` if nowhere."""
    seen = [one.mapped[1] == one.base[1] for one in observations if one.mapped[0] != one.base[0]]
    return all(seen) if seen else None


def pooling_is_paired(observations: Iterable[Observation]) -> bool | None:
    """Whether one internal host always had one external address; `None` if seen once only."""
    seen: dict[tuple[str, int | None], list[str]] = {}
    for one in observations:
        if one.mapped[0] != one.base[0] and addresses.kind(one.mapped[0]) is Kind.PUBLIC:
            key = (one.base[0], addresses.version(one.mapped[0]))
            seen.setdefault(key, []).append(one.mapped[0])
    several = [hosts for hosts in seen.values() if len(hosts) > 1]
    return all(len(set(hosts)) == 1 for hosts in several) if several else None


def _fitting(one: Observation, other: Observation) -> frozenset[Dependence]:
    """The behaviours that fit two observations of one base at two destinations."""
    agree, same_host = one.mapped == other.mapped, one.host == other.host
    if UNKNOWN_HOST in {one.host, other.host}:
        return _ALL - {_ONE_PORT if agree else _ANYONE}
    if agree and same_host and UNKNOWN_PORT in {one.port, other.port}:
        return _ALL
    if agree:
        return _ALL - {_ONE_PORT} if same_host else frozenset({_ANYONE})
    if same_host:
        return frozenset({_ONE_PORT})
    return _ALL - {_ANYONE}


def _is_one_destination(one: Observation, other: Observation) -> bool:
    return one.port != UNKNOWN_PORT and (one.host, one.port) == (other.host, other.port)


def _is_named(one: Observation) -> bool:
    """Whether the destination is a name, which may be the same host as another one."""
    return addresses.kind(one.host) is Kind.NAME


def _both_translated(one: Observation, other: Observation) -> bool:
    return one.mapped[0] != one.base[0] and other.mapped[0] != other.base[0]
