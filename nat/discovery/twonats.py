"""Two, each behind NATs of their own: the rule of the lab over all that two diagnoses leave possible."""

import itertools
from dataclasses import replace
from typing import Final

from nat.behavior import Behavior
from nat.choices import Dependence, Pooling
from nat.discovery.foretold import Certainty, Path, Prediction
from nat.discovery.judging.behaviors import behaviors_of
from nat.discovery.report import FamilyReport
from nat.traversal import Expectation, expect

_EI: Final = Dependence.ENDPOINT_INDEPENDENT
_AD: Final = Dependence.ADDRESS_DEPENDENT
_APD: Final = Dependence.ADDRESS_AND_PORT_DEPENDENT


def over(one: FamilyReport, other: FamilyReport, path: Path) -> list[Prediction]:
    """What the rule says for all that is possible on both sides."""
    if one.udp.value is False or other.udp.value is False:
        return []
    expected = [
        expect(*pair) for pair in itertools.product(possible(one, other), possible(other, one))
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


def possible(family: FamilyReport, other: FamilyReport) -> tuple[Behavior, ...]:
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


_CALLING: Final = (
    "the NAT of who calls gives its port away if the other side's packet comes first, and who is called sends"
    " as soon as the call has come"
)
_MAY_CLASH: Final = (
    "it fails only if the NAT of who calls gives its port away to a packet that it keeps out"
)
_CALLED: Final = "the NAT of who is called gives its port away if the caller's packet comes first, and mostly it does not"
"""Of 53 meetings of the one kind that were played 27 came up, and 63 of 67 of the other."""


def _upset(one: FamilyReport, other: FamilyReport, usual: str) -> tuple[Certainty, str] | None:
    """What is left of certainty where a packet that comes too early may change ports, and that matters.

    A NAT that is upset takes a new port for that remote: it is held to be one that always does. A clash
    upsets the one whose packet is the later one, so never both.

    Args:
        one, other: both sides; the first one calls, and hears of the other's addresses last.
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
    if failing[0] and one.clashes.value:
        return Certainty.UNCERTAIN, _CALLING
    if any(failing):
        return Certainty.LIKELY, _CALLED if failing[1] else _MAY_CLASH
    forgetting = [here for here, there in ((one, other), (other, one)) if _may_forget(here, there)]
    if any(each.forgets.value for each in forgetting):
        reason = f"{usual}; that fails if a NAT refuses, at which the other one forgets its port"
        return Certainty.LIKELY, f"{reason} (against RFC 4787 REQ-12)"
    if forgetting:
        reason = f"{usual}; that fails only if a NAT forgets its port when the other one refuses"
        return Certainty.LIKELY, reason
    return None


def _fails(one: FamilyReport, other: FamilyReport, *, moved: tuple[bool, bool]) -> bool:
    """Whether there may be no direct path where one side, or both, has taken a new port."""
    sides = [
        [replace(each, mapping=_APD) if moves else each for each in possible(here, there)]
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

    A check that is refused may then end the mapping before the STUN server's answer has come through it,
    so that not even the port that is to be told becomes known. Nobody knows of the other NAT whether it
    refuses, or keeps out silently. Where each target has a mapping of its own, the others live on.
    """
    shares = set(here.mapping.candidates(Dependence)) != {_APD} and not _untranslated(here)
    return shares and here.forgets.value is not False and _keeps_out(there)


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
