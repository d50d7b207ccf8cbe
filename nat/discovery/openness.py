"""How well others reach this machine, in one word: what a report comes to for whoever chooses a host.

The word is that of the rule of who can meet whom (`nat.traversal`): all that counts is with which of RFC 4787's
types a direct path comes up. Where the evidence leaves several behaviours possible, the word holds for each of them.
"""

import enum
from dataclasses import replace
from typing import Final

from nat.behavior import Behavior
from nat.choices import Dependence
from nat.discovery.findings import Status
from nat.discovery.judging.behaviors import behaviors_of
from nat.discovery.report import FamilyReport, Report
from nat.presets import ALL_NINE
from nat.traversal import Model, direct_possible
from stunwire import Family

_EI, _AD, _APD = Dependence
_EVERYBODY: Final = tuple(
    dict.fromkeys(model.of(behavior) for model in Model for behavior in ALL_NINE)
)
_WELL_BEHAVED: Final = tuple(each for each in _EVERYBODY if each.mapping is _EI)


class Openness(enum.Enum):
    """How well others reach somebody, the best first."""

    OPEN = "open"
    """Everybody whose UDP gets out meets it directly: no NAT, or an endpoint-independent mapping, and a filter
    that is endpoint-independent or looks at addresses alone (both sides send, so it knows the other's)."""
    MODERATE = "moderate"
    """Everybody with an endpoint-independent mapping meets it directly, which RFC 4787 REQ-1 asks of every NAT;
    others may not: it has an endpoint-independent mapping as well, and a filter by port."""
    UNKNOWN = "unknown"
    """The evidence does not decide; or it is reached over IPv6 alone, by those who have that."""
    STRICT = "strict"
    """Not even all of those: other destinations see another port (RFC 4787 §4.1), or no UDP gets out."""


def openness_of(report: Report) -> Openness:
    """Say how well others reach the machine that was diagnosed.

    What a NAT does to IPv4 counts; IPv6 makes unknown what would be strict, since some have it and some do not. A port
    that was opened to try it is closed again, and does not count.
    """
    four, six = (_of_family(report.family(each)) for each in (Family.IPV4, Family.IPV6))
    if six is None or six in {Openness.UNKNOWN, Openness.STRICT}:
        return four or six or Openness.UNKNOWN
    if four in {None, Openness.STRICT}:
        return Openness.UNKNOWN
    assert four is not None
    return four


def openness_behind(behavior: Behavior) -> Openness:
    """Say how well others reach whoever is behind a NAT that is known."""
    if all(direct_possible(behavior, other) for other in _EVERYBODY):
        return Openness.OPEN
    if all(direct_possible(behavior, other) for other in _WELL_BEHAVED):
        return Openness.MODERATE
    return Openness.STRICT


def _of_family(family: FamilyReport | None) -> Openness | None:
    """The same for one family of addresses; None if nobody was asked over it."""
    if family is None or family.udp.status is Status.NOT_TESTED:
        return None
    likely = _likely(family)
    found = {openness_behind(each) for each in (*behaviors_of(likely), *_upset(likely))}
    for word in (Openness.OPEN, Openness.MODERATE):
        if found <= {Openness.OPEN, word}:
            return word
    return Openness.STRICT if _is_surely_strict(likely, found) else Openness.UNKNOWN


def _likely(family: FamilyReport) -> FamilyReport:
    """With the mapping that is meant where two ports of one address saw one port of ours.

    That leaves an address-dependent mapping possible, which is hardly ever built (docs/lab.md, a population): who
    wants to be sure asks servers at two addresses.
    """
    if family.mapping.value is None and family.mapping.possible == (_EI, _AD):
        return replace(family, mapping=replace(family.mapping, possible=(_EI,)))
    return family


def _upset(family: FamilyReport) -> list[Behavior]:
    """What a NAT does as well that gives its port away to whose packet comes first, and then takes another."""
    if not family.clashes.value or family.filtering.value is _EI:
        return []
    return [replace(each, mapping=_APD) for each in behaviors_of(family)]


def _is_surely_strict(family: FamilyReport, found: set[Openness]) -> bool:
    """Whether it takes luck at best: what is known of the mapping, or of UDP, is bad enough."""
    changes = family.translated.value is not False and _EI not in family.mapping.candidates(
        Dependence
    )
    return found == {Openness.STRICT} or (family.udp.value is True and changes)
