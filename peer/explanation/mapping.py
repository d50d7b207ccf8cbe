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
from peer.explanation.evidence import UNKNOWN_HOST, Observation
from peer.explanation.findings import Certainty, Possible

_ANYONE = Dependence.ENDPOINT_INDEPENDENT
_ONE_ADDRESS = Dependence.ADDRESS_DEPENDENT
_ONE_PORT = Dependence.ADDRESS_AND_PORT_DEPENDENT
_ALL = frozenset(Dependence)


def judge(observations: Iterable[Observation]) -> Possible:
    """What the mapping may depend on.

    A difference that only a check shows is inferred: some NATs take another port where the remote's
    packet came in first, although their mapping is endpoint-independent.
    """
    left, certainty = _ALL, Certainty.MEASURED
    translated = [one for one in observations if one.mapped[0] != one.base[0]]
    for one, other in itertools.combinations(translated, 2):
        if one.base != other.base or (one.host, one.port) == (other.host, other.port):
            continue
        fitting = _fitting(one, other)
        if fitting == _ALL:
            continue
        if not left & fitting:
            return Possible()  # they contradict each other: the NAT has no rule that we know
        left &= fitting
        if not _is_plain(one, other):
            certainty = Certainty.INFERRED
    if left == _ALL:
        return Possible()
    return Possible(tuple(value for value in Dependence if value in left), certainty)


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
    if agree:
        return _ALL - {_ONE_PORT} if same_host else frozenset({_ANYONE})
    if same_host:
        return frozenset({_ONE_PORT})
    return _ALL - {_ANYONE}


def _is_plain(one: Observation, other: Observation) -> bool:
    """Whether the conclusion needs nothing but what was seen."""
    if one.mapped == other.mapped:
        # Two names may be one host; two addresses are not.
        names = Kind.NAME in {addresses.kind(one.host), addresses.kind(other.host)}
        return one.host == other.host or not names
    return one.by_server and other.by_server


def _both_translated(one: Observation, other: Observation) -> bool:
    return one.mapped[0] != one.base[0] and other.mapped[0] != other.base[0]
