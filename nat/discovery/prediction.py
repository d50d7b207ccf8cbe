"""Two reports held together: will these two meet, by which path, why, and how sure that is."""

import enum
import ipaddress
import itertools
from dataclasses import dataclass, replace
from typing import Final

from nat.behavior import Behavior
from nat.candidates import CandidateType
from nat.choices import Dependence, Hairpinning, Pooling
from nat.discovery.judging.behaviors import behaviors_of
from nat.discovery.report import FamilyReport, Report
from nat.discovery.surroundings import Means
from nat.traversal import Expectation, Types, expect
from stunwire import Family

_EI: Final = Dependence.ENDPOINT_INDEPENDENT
_AD: Final = Dependence.ADDRESS_DEPENDENT
_APD: Final = Dependence.ADDRESS_AND_PORT_DEPENDENT
_HOSTS: Final = ((CandidateType.HOST, CandidateType.HOST),)
_HOME_NET: Final = 24
_STREAMS: Final = frozenset({Means.TURN_TCP.value, Means.TURN_TLS.value})
_RELAYS: Final = frozenset({Means.TURN_UDP.value, *_STREAMS})


class Path(enum.Enum):
    """By which path two meet."""

    SAME_NETWORK = "in the same network"
    HAIRPIN = "through the NAT that both are behind"
    IPV6 = "directly over IPv6"
    DIRECT = "directly"
    RELAY = "through a relay"
    NONE = "not at all"


class Certainty(enum.Enum):
    """How sure a prediction is."""

    CERTAIN = "certain"
    """All that is left possible says the same."""
    LIKELY = "likely"
    """It rests on something that was not measured, and is mostly so."""
    UNCERTAIN = "uncertain"
    """It may as well go the other way, which the reason names."""


_STARTS: Final = {
    Certainty.CERTAIN: "They meet",
    Certainty.LIKELY: "They very likely meet",
    Certainty.UNCERTAIN: "They may meet",
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """Whether two meet.

    Attributes:
        path: by which they do, as far as can be told.
        certainty: how sure that is.
        reason: why, in one sentence.
        types: with a direct path, the candidate types that the selected pair may have, the first
            report's first.
        otherwise: by which path they meet if not by that one.
    """

    path: Path
    certainty: Certainty
    reason: str
    types: tuple[Types, ...] = ()
    otherwise: Path | None = None

    @property
    def meets(self) -> bool | None:
        """Whether they meet at all; None if that is not known."""
        if self.path is not Path.NONE:
            return True
        return False if self.certainty is Certainty.CERTAIN else None

    @property
    def is_direct(self) -> bool | None:
        """Whether without a relay; None if that is not known."""
        if self.certainty is Certainty.UNCERTAIN:
            return None
        return self.path not in {Path.RELAY, Path.NONE}

    @property
    def sentence(self) -> str:
        """For a tired person."""
        reason = f"{self.reason[0].upper()}{self.reason[1:]}." if self.reason else ""
        other = f", or else {self.otherwise.value}" if self.otherwise else ""
        start = f"{_STARTS[self.certainty]} {self.path.value}{other}."
        if self.path is Path.NONE and self.certainty is not Certainty.UNCERTAIN:
            start = "They do not meet."
        return f"{start} {reason}".strip()


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
    found = []
    if one is not None and other is not None and _share_address(one, other):
        found += _behind_one_nat(a, b, one, other)
    six, sixth = a.family(Family.IPV6), b.family(Family.IPV6)
    if six is not None and sixth is not None:
        found += _over(six, sixth, Path.IPV6)
    if one is not None and other is not None and not _is_inside(found):
        found += _over(one, other, Path.DIRECT)
        found += _opened(a, b, one, other)
    return found


def _is_inside(found: list[Prediction]) -> bool:
    """Whether the two are behind one NAT, where what it does to strangers does not count."""
    return any(each.path in {Path.SAME_NETWORK, Path.HAIRPIN} for each in found)


# one NAT


def _share_address(one: FamilyReport, other: FamilyReport) -> bool:
    both_translated = one.translated.value is True and other.translated.value is True
    return both_translated and bool(set(one.external) & set(other.external))


def _behind_one_nat(
    a: Report, b: Report, one: FamilyReport, other: FamilyReport
) -> list[Prediction]:
    """Two with one external address: in one network, or behind one carrier's NAT."""
    turned = [each.hairpinning.value for each in (one, other)]
    hairpins = Hairpinning.EXTERNAL_SOURCE in turned and one.mapping.value is _EI
    shared = {each.carrier_grade.value for each in (one, other)}
    near = _is_one_subnet(one.local, other.local) and a.evidence.gateway == b.evidence.gateway
    if near and shared == {False}:
        reason = "both have the same external address, of a router at home, and the same network"
        return [Prediction(Path.SAME_NETWORK, Certainty.LIKELY, reason, _HOSTS)]
    if hairpins and other.mapping.value is _EI:
        reason = "both are behind one NAT, and it turns packets back as the RFC asks"
        return [Prediction(Path.HAIRPIN, Certainty.LIKELY, reason)]
    if near:
        reason = (
            "both have the same external address and look like one network, but may be two homes"
            " behind one carrier's NAT"
        )
        return [Prediction(Path.SAME_NETWORK, Certainty.UNCERTAIN, reason, _HOSTS)]
    reason = "both are behind one NAT, and nobody knows whether it turns packets back"
    return [Prediction(Path.HAIRPIN, Certainty.UNCERTAIN, reason)]


def _is_one_subnet(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return False
    try:
        network = ipaddress.ip_network(f"{one}/{_HOME_NET}", strict=False)
        return ipaddress.ip_address(other) in network
    except ValueError:
        return False


# two NATs


def _over(one: FamilyReport, other: FamilyReport, path: Path) -> list[Prediction]:
    """What the rule says for all that is possible on both sides."""
    if one.udp.value is False or other.udp.value is False:
        return []
    expected = [
        expect(*pair) for pair in itertools.product(_possible(one, other), _possible(other, one))
    ]
    direct = [each for each in expected if each.direct]
    if not direct:
        return []
    types = tuple(dict.fromkeys(pair for each in direct for pair in each.alternatives))
    if path is Path.IPV6 and _untranslated(one) and _untranslated(other):
        types = ()
    doubt = _doubt(one, other, expected)
    if doubt:
        return [Prediction(path, Certainty.UNCERTAIN, doubt, types)]
    upset = _upset(one, other, direct[0].reason)
    if upset is not None:
        return [Prediction(path, *upset, types)]
    return [Prediction(path, Certainty.CERTAIN, direct[0].reason, types)]


def _untranslated(family: FamilyReport) -> bool:
    return family.translated.value is False


def _possible(family: FamilyReport, other: FamilyReport) -> tuple[Behavior, ...]:
    """What may stand before one; a pool of addresses on the other side makes addresses worth nothing."""
    behaviors = behaviors_of(family)
    scattered = other.pooling.value is Pooling.ARBITRARY and other.mapping.value is not _EI
    if not scattered:
        return behaviors
    strict = [replace(each, filtering=_APD) for each in behaviors if each.filtering is _AD]
    return tuple(dict.fromkeys([*behaviors, *strict]))


def _doubt(one: FamilyReport, other: FamilyReport, expected: list[Expectation]) -> str:
    """Why it may not come to that; empty if nothing speaks against it."""
    for side, family in (("the first", one), ("the second", other)):
        if family.udp.value is None:
            return f"whether UDP gets out on {side} side is not known"
    refused = [each for each in expected if not each.direct]
    if refused:
        return _why_it_depends(one, other, refused[0])
    return ""


# upset NATs


def _upset(one: FamilyReport, other: FamilyReport, usual: str) -> tuple[Certainty, str] | None:
    """What is left of certainty where a packet that comes too early may change ports, and that matters.

    A NAT that is upset takes a new port for that remote: it is held to be one that always does. A clash
    upsets the one whose packet is the later one, so never both.

    Args:
        one, other: both sides.
        usual: why they meet where nothing is upset.
    """
    clashing = [_may_clash(each) for each in (one, other)]
    failing = [
        _fails(one, other, moved=(True, False)) and clashing[0],
        _fails(one, other, moved=(False, True)) and clashing[1],
    ]
    if all(failing):
        reason = "both NATs give their port away to who comes first, so the later one is not heard"
        return Certainty.UNCERTAIN, reason
    if any(failing):
        return Certainty.LIKELY, "a NAT gives its port away if the other side's packet comes first"
    if _may_forget(one, other) or _may_forget(other, one):
        reason = f"{usual}; that fails only if a NAT forgets its port when the other one refuses"
        return Certainty.LIKELY, reason
    return None


def _fails(one: FamilyReport, other: FamilyReport, *, moved: tuple[bool, bool]) -> bool:
    """Whether there may be no direct path where one side, or both, has taken a new port."""
    sides = [
        [replace(each, mapping=_APD) if moves else each for each in _possible(here, there)]
        for moves, here, there in zip(moved, (one, other), (other, one), strict=True)
    ]
    return not all(expect(*pair).direct for pair in itertools.product(*sides))


def _may_clash(family: FamilyReport) -> bool:
    """Whether a packet that is kept out may take the port, as in Linux where INPUT accepts.

    That shows only where all destinations see that port.
    """
    seen_by_all = _EI in family.mapping.candidates(Dependence) and not _untranslated(family)
    return seen_by_all and family.clashes.value is not False and _keeps_out(family)


def _may_forget(here: FamilyReport, there: FamilyReport) -> bool:
    """Whether an ICMP error of the other NAT may end a mapping here, against RFC 4787 REQ-12.

    Nobody tests that. A check that is refused may then end the mapping before the STUN server's answer
    has come through it, so that not even the port that is to be told becomes known.
    """
    return not _untranslated(here) and _keeps_out(there)


def _keeps_out(family: FamilyReport) -> bool:
    return family.filtering.value is not _EI


def _why_it_depends(one: FamilyReport, other: FamilyReport, refused: Expectation) -> str:
    lacking = [
        f"{name} of {side}"
        for side, family in (("the first", one), ("the second", other))
        for name, finding in (("mapping", family.mapping), ("filtering", family.filtering))
        if not finding.is_known
    ]
    if lacking:
        return f"{' and '.join(lacking)} is not known; it fails if {refused.reason}"
    return f"it depends on what RFC 4787 leaves open; it fails if {refused.reason}"


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
    for side, report in (("the first", a), ("the second", b)):
        if _udp(report) is False and _reaches(report, _STREAMS) is False:
            reason = f"no UDP gets out on {side} side, and no relay was reached from there over TCP"
            return Prediction(Path.NONE, Certainty.LIKELY, reason)
    ends = [_reaches(a, _RELAYS), _reaches(b, _RELAYS)]
    why = _why_no_direct(a, b)
    if ends == [False, False]:
        return Prediction(Path.NONE, Certainty.LIKELY, f"{why}; and neither side reached a relay")
    ready = [_udp(report) is True or _reaches(report, _STREAMS) is True for report in (a, b)]
    if all(ready) and True in ends:
        return Prediction(Path.RELAY, Certainty.CERTAIN, why)
    return Prediction(Path.RELAY, Certainty.LIKELY, f"{why}; a relay has to be there")


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
    pairs = itertools.product(_possible(one, other), _possible(other, one))
    refused = (expect(*pair) for pair in pairs)
    return next((each.reason for each in refused if not each.direct), "no direct path is known")
