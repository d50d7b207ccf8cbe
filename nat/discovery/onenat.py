"""Two behind one NAT: in one network, one in that of the other's router, or turned back by the NAT."""

import enum
import ipaddress
from dataclasses import replace
from typing import Final

from nat.candidates import CandidateType
from nat.choices import Dependence, Hairpinning
from nat.discovery.evidence import Wish
from nat.discovery.foretold import Certainty, Path, Prediction
from nat.discovery.judging.reading import parsed
from nat.discovery.judging.surroundings import gateway_addresses
from nat.discovery.judging.vantage import is_public
from nat.discovery.report import FamilyReport, Report
from nat.discovery.twonats import over
from stunwire import Family

_EI: Final = Dependence.ENDPOINT_INDEPENDENT
_HOSTS: Final = ((CandidateType.HOST, CandidateType.HOST),)
_ISOLATED: Final = "which works unless that keeps its guests apart"
_TURNED: Final = (
    "and where that keeps its guests apart, the NAT that both are behind turns packets back"
)
_NET: Final = {4: 24, 6: 64}
"""Bits of the address by which a local network is told from others."""


class _Nearness(enum.Enum):
    """How two that share an external address lie to each other, as far as is known."""

    SAME = "both are in the network of one router"
    NESTED = "one is in the network to which the other's router belongs"
    INSIDE = "one is next to the NAT that both are behind, and the other in a network behind that"
    """Behind another router there, or in another network of the same one."""
    APART = "each is behind a router of their own"
    ALIKE = "both networks look the same"
    """They may be one, or two that are numbered alike, as home routers come."""
    UNKNOWN = "nobody knows"


_NEAR: Final = frozenset({_Nearness.SAME, _Nearness.NESTED, _Nearness.INSIDE})


def share_address(a: Report, b: Report, one: FamilyReport, other: FamilyReport) -> bool:
    """Whether both are known to be behind the NAT that has a certain external address.

    Masked addresses do not tell: every report has masks of its own. Nor do private ones, which many have.
    """
    if _is_masked(a, b) or not (one.translated.value and other.translated.value):
        return False
    return any(is_public(each) for each in set(one.external) & set(other.external))


def may_share_nat(a: Report, b: Report, one: FamilyReport, other: FamilyReport) -> bool:
    """Whether one NAT that turns nothing back may stand before both, with several external addresses.

    Those of a carrier's NAT are neighbours. A router that has its external address itself is no carrier's.
    """
    if not (one.translated.value and other.translated.value):
        return False
    if False in {one.carrier_grade.value, other.carrier_grade.value}:
        return False
    if _kinds(one, other) == {Hairpinning.EXTERNAL_SOURCE}:
        return False
    return _is_masked(a, b) or any(
        _is_one_net(here, there) for here in one.external for there in other.external
    )


def behind_one_nat(
    a: Report, b: Report, one: FamilyReport, other: FamilyReport
) -> list[Prediction]:
    """The direct path that there may be between two who share an external address, if any."""
    nearness = _nearness(a, b, one, other)
    turned = _turned_back(one, other)
    if nearness in _NEAR:
        near = _near(nearness)
        surely = turned is not None and turned.certainty is Certainty.CERTAIN
        return [_or_turned(near) if surely else near]
    if turned is not None and turned.certainty is not Certainty.UNCERTAIN:
        return [turned]  # so near that they do without, they meet as well
    if nearness is _Nearness.ALIKE:
        reason = (
            "both have the same external address and look like one network, but may be two homes"
            " behind one carrier's NAT"
        )
        return [Prediction(Path.SAME_NETWORK, Certainty.UNCERTAIN, reason, _HOSTS)]
    if turned is not None or nearness is _Nearness.APART:
        return [] if turned is None else [turned]
    reason = (
        "the NAT that both are behind turns nothing back, so it fails unless one of them is in the"
        " network to which the other's router belongs"
    )
    return [Prediction(Path.SAME_NETWORK, Certainty.UNCERTAIN, reason)]


def within_one_network(
    a: Report, b: Report, one: FamilyReport, other: FamilyReport
) -> list[Prediction]:
    """The path between two who may see each other whatever gets out of where they are."""
    nearness = _nearness(a, b, one, other)
    if nearness in _NEAR:
        return [_near(nearness)]
    if nearness is _Nearness.ALIKE:
        reason = "both look like one network, and may be two that are numbered alike"
        return [Prediction(Path.SAME_NETWORK, Certainty.UNCERTAIN, reason, _HOSTS)]
    return []


def _near(nearness: _Nearness) -> Prediction:
    types = _HOSTS if nearness is _Nearness.SAME else ()
    reason = f"{nearness.value}, {_ISOLATED}"
    return Prediction(Path.SAME_NETWORK, Certainty.LIKELY, reason, types)


def _or_turned(near: Prediction) -> Prediction:
    reason = near.reason.replace(_ISOLATED, _TURNED)
    return replace(near, certainty=Certainty.CERTAIN, reason=reason)


def _turned_back(one: FamilyReport, other: FamilyReport) -> Prediction | None:
    """Whether the NAT lets the two meet at its external addresses; None if it does not.

    Where it turns packets back as RFC 4787 REQ-9a asks, they meet as over the internet. Where the inner
    source stays, answers go another way than questions came, so both sides have to let strangers in.
    """
    kinds = _kinds(one, other)
    if kinds == {Hairpinning.EXTERNAL_SOURCE}:
        found = over(one, other, Path.HAIRPIN)
        return next((replace(each, reason=_by_rule(each)) for each in found), None)
    lax = all(_EI in each.filtering.candidates(Dependence) for each in (one, other))
    works = Hairpinning.EXTERNAL_SOURCE in kinds and bool(over(one, other, Path.HAIRPIN))
    if works or (Hairpinning.INTERNAL_SOURCE in kinds and lax):
        reason = "both are behind one NAT, and nobody knows whether it turns packets back so that they meet"
        return Prediction(Path.HAIRPIN, Certainty.UNCERTAIN, reason)
    return None


def _kinds(one: FamilyReport, other: FamilyReport) -> set[Hairpinning]:
    """What both diagnoses leave possible of the one NAT; all, if they contradict each other."""
    found = [set(each.hairpinning.candidates(Hairpinning)) for each in (one, other)]
    return found[0] & found[1] or set(Hairpinning)


def _by_rule(found: Prediction) -> str:
    return f"both are behind one NAT, which turns packets back as the RFC asks, and {found.reason}"


def _nearness(a: Report, b: Report, one: FamilyReport, other: FamilyReport) -> _Nearness:
    if _share_prefix(a, b):
        return _Nearness.SAME
    if _is_masked(a, b) or one.local is None or other.local is None:
        return _Nearness.UNKNOWN
    if one.local == other.local:
        return _Nearness.APART
    outers = [set(gateway_addresses(each.evidence)) for each in (a, b)]
    alike = _is_one_net(one.local, other.local) and a.evidence.gateway == b.evidence.gateway
    prints = [each.evidence.gateway_print for each in (a, b)]
    if alike and None not in prints:
        return _Nearness.SAME if prints[0] == prints[1] else _Nearness.APART
    if all(outers):
        return _by_routers(outers[0], outers[1], one.local, other.local, alike=alike)
    if alike:
        asked = all(Wish.GATEWAY in each.evidence.wishes for each in (a, b))
        differ = asked and any(outers)  # the same router would have told both its outer address
        return _Nearness.APART if differ else _Nearness.ALIKE
    if _is_nested(outers[0], outers[1], one.local, other.local):
        return _Nearness.NESTED
    at_the_edge = (outers[0] | outers[1]) & set(one.external) & set(other.external)
    return _Nearness.INSIDE if at_the_edge else _Nearness.UNKNOWN


def _by_routers(
    first: set[str], second: set[str], one: str, other: str, *, alike: bool
) -> _Nearness:
    """What is known where both routers have told their outer addresses."""
    if first & second:
        return _Nearness.SAME if alike else _Nearness.UNKNOWN
    if not alike and _is_nested(first, second, one, other):
        return _Nearness.NESTED
    return _Nearness.APART


def _is_nested(first: set[str], second: set[str], one: str, other: str) -> bool:
    """Whether the one is a neighbour of the other's router."""
    return any(_is_one_net(one, each) for each in second) or any(
        _is_one_net(other, each) for each in first
    )


def _share_prefix(a: Report, b: Report) -> bool:
    """Whether both have an address of IPv6 in one network: such a prefix is no one else's."""
    one, other = a.family(Family.IPV6), b.family(Family.IPV6)
    if one is None or other is None or one.local is None or other.local is None:
        return False
    host = parsed(one.local)
    link_local = host is None or host.is_link_local  # which everybody has
    return not (link_local or _is_masked(a, b)) and _is_one_net(one.local, other.local)


def _is_masked(a: Report, b: Report) -> bool:
    return a.evidence.anonymous or b.evidence.anonymous


def _is_one_net(one: str, other: str) -> bool:
    """Whether two addresses, not the same, look like neighbours."""
    here, there = parsed(one), parsed(other)
    if here is None or there is None or here == there or here.version != there.version:
        return False
    return there in ipaddress.ip_network(f"{here}/{_NET[here.version]}", strict=False)
