"""Two reports held together: will these two meet, by which path, why, and how sure that is."""

import itertools
from dataclasses import replace
from typing import Final

from nat.discovery.foretold import Certainty, Path, Prediction
from nat.discovery.onenat import behind_one_nat, may_share_nat, share_address, within_one_network
from nat.discovery.report import FamilyReport, Report
from nat.discovery.surroundings import Means
from nat.discovery.twonats import over, possible
from nat.traversal import expect
from stunwire import Family

__all__ = ["Certainty", "Path", "Prediction", "predict"]

_STREAMS: Final = frozenset({Means.TURN_TCP.value, Means.TURN_TLS.value})
_RELAYS: Final = frozenset({Means.TURN_UDP.value, *_STREAMS})


def predict(a: Report, b: Report) -> Prediction:
    """Say whether two meet, who were diagnosed apart.

    Args:
        a: of the one who calls (who controls, RFC 8445 §6.1.1).
        b: of the other.
    """
    fallback = _relay(a, b)
    direct = _best(list(_direct_paths(a, b)))
    if direct is None:
        return fallback
    if direct.certainty is Certainty.UNCERTAIN:
        return replace(direct, otherwise=fallback.path)
    return direct


_ORDER: Final = (Certainty.CERTAIN, Certainty.LIKELY, Certainty.UNCERTAIN)


def _best(found: list[Prediction]) -> Prediction | None:
    """The surest one; among equals the first."""
    return min(found, key=lambda each: _ORDER.index(each.certainty), default=None)


def _direct_paths(a: Report, b: Report) -> list[Prediction]:
    """The direct paths that there may be, the best first."""
    one, other = a.family(Family.IPV4), b.family(Family.IPV4)
    six, sixth = a.family(Family.IPV6), b.family(Family.IPV6)
    found = []
    if one is not None and other is not None:
        found += _over_ipv4(a, b, one, other)
    if six is not None and sixth is not None:
        found += over(six, sixth, Path.IPV6)
    return found


def _over_ipv4(a: Report, b: Report, one: FamilyReport, other: FamilyReport) -> list[Prediction]:
    if one.udp.value is False and other.udp.value is False:
        return within_one_network(a, b, one, other)
    if share_address(a, b, one, other):  # what their NAT does to strangers does not count
        return behind_one_nat(a, b, one, other)
    found = over(one, other, Path.DIRECT)
    if one.udp.value is None and other.udp.value is None:
        found += within_one_network(a, b, one, other)
    elif may_share_nat(a, b, one, other):
        found = [_less_sure(each, "unless one carrier's NAT is before both") for each in found]
        found += within_one_network(a, b, one, other)
    return found + _opened(a, b, one, other)


def _less_sure(found: Prediction, reason: str) -> Prediction:
    if found.certainty is not Certainty.CERTAIN:
        return found
    return replace(found, certainty=Certainty.LIKELY, reason=f"{found.reason}, {reason}")


def _opened(a: Report, b: Report, one: FamilyReport, other: FamilyReport) -> list[Prediction]:
    """A port that was really opened lets strangers in, whatever the NAT does otherwise."""
    for report, here, there in ((a, one, other), (b, other, one)):
        protocols = [each.value for each, finding in report.opened.items() if finding.value]
        if protocols and here.udp.value is True and there.udp.value is True:
            reason = f"one side opens a port by {protocols[0]}, if its program does so"
            return [Prediction(Path.DIRECT, Certainty.LIKELY, reason)]
    return []


# relays


def _relay(a: Report, b: Report) -> Prediction:
    """What is left: a relay, which each side has to reach in its own way."""
    why = _why_no_direct(a, b)
    pairs = ((a, b), (b, a))
    if any(_relayed(here) & (_sends(there) | _relayed(there)) for here, there in pairs):
        sure = Certainty.LIKELY if _share_nat(a, b) else Certainty.CERTAIN
        return Prediction(Path.RELAY, sure, why)
    for side, report in (("the first", a), ("the second", b)):
        if _udp(report) is False and _reaches(report, _STREAMS) is False:
            reason = f"no UDP gets out on {side} side, and no relay was reached from there over TCP"
            return Prediction(Path.NONE, Certainty.LIKELY, reason)
    if [_reaches(each, _RELAYS) for each in (a, b)] == [False, False]:
        return Prediction(Path.NONE, Certainty.LIKELY, f"{why}; and neither side reached a relay")
    return Prediction(Path.RELAY, Certainty.LIKELY, f"{why}; {_needed(a, b)} has to be there")


def _needed(a: Report, b: Report) -> str:
    """What relay would do."""
    over = " over TCP" if False in {_udp(a), _udp(b)} else ""
    families = [_sends(side) or {each.family for each in side.families} for side in (a, b)]
    both = "" if families[0] & families[1] or not all(families) else " for both IPv4 and IPv6"
    return f"a relay{over}{both}"


def _sends(report: Report) -> set[Family]:
    """The families in which UDP gets out, so to a relayed address as well."""
    return {each.family for each in report.families if each.udp.value}


def _relayed(report: Report) -> set[Family]:
    """The families of the relayed addresses that were given; a client that asks for none gets IPv4 (RFC 8656 §7.2)."""
    return {
        each.relayed.family if each.relayed is not None else Family.IPV4
        for each in report.ways_out
        if each.means in _RELAYS and each.works.value
    }


def _share_nat(a: Report, b: Report) -> bool:
    one, other = a.family(Family.IPV4), b.family(Family.IPV4)
    return one is not None and other is not None and share_address(a, b, one, other)


def _udp(report: Report) -> bool | None:
    values = {each.udp.value for each in report.families}
    if True in values:
        return True
    return False if values == {False} else None


def _reaches(report: Report, means: frozenset[str]) -> bool | None:
    works = [each.works.value for each in report.ways_out if each.means in means]
    if True in works:
        return True
    return False if works and None not in works else None


def _why_no_direct(a: Report, b: Report) -> str:
    if _udp(a) is False or _udp(b) is False:
        return "no UDP gets out on one side"
    one, other = a.family(Family.IPV4), b.family(Family.IPV4)
    if one is None or other is None:
        return "the two have no family of addresses in common over which UDP gets out"
    if share_address(a, b, one, other):
        return "both are behind one NAT, which does not turn packets back so that they meet"
    pairs = itertools.product(possible(one, other), possible(other, one))
    refused = (expect(*pair) for pair in pairs)
    return next((each.reason for each in refused if not each.direct), "no direct path is known")
