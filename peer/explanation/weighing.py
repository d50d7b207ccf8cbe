"""Diagnoses beside what ICE saw: what goes together makes the NATs' stories, the rest is set aside."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from nat import Behavior, Blocking, Dependence, Pooling
from peer.explanation import hypotheses, networks
from peer.explanation.diagnosed import Diagnosed
from peer.explanation.evidence import Evidence
from peer.explanation.findings import (
    Cause,
    Certainty,
    Finding,
    NatStory,
    Possible,
    Side,
    Source,
    sureness,
)
from peer.explanation.hypotheses import EVERY, Conclusion, Seen
from peer.explanation.matching import Difference, Match, difference

Diagnoses = tuple[Diagnosed | None, Diagnosed | None]
NO_DIAGNOSES: Final[Diagnoses] = (None, None)
_ANYONE: Final = Dependence.ENDPOINT_INDEPENDENT
_WHOSE: Final = {Side.LOCAL: "your", Side.REMOTE: "the remote's"}
_UNFIT: Final = Difference(
    "whether checks got through does not fit what it found: the network has changed since, or something"
    " stands in the way that it did not see",
    Certainty.INFERRED,
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The NATs of both sides, a finding for each diagnosis that was set aside, and all that there were."""

    nats: tuple[NatStory, NatStory]
    aside: tuple[Finding, ...] = ()
    diagnoses: Diagnoses = NO_DIAGNOSES


def weigh(evidence: Evidence, diagnoses: Diagnoses = NO_DIAGNOSES) -> Weighed:
    """Put together what ICE saw of the NATs, and what diagnoses know of them.

    Args:
        evidence: What ICE saw.
        diagnoses: Of this side, and of the remote's.
    """
    if diagnoses == NO_DIAGNOSES:
        return Weighed(networks.nats(evidence))
    stories = networks.stories(evidence)
    reasons = [_difference(evidence, *pair) for pair in zip(stories, diagnoses, strict=True)]
    kept = _kept(diagnoses, (reasons[0] is None, reasons[1] is None))
    fitting = _fitting(evidence, stories, kept)
    aside = [
        _aside(story.side, reason or _UNFIT)
        for story, told, left, reason in zip(stories, diagnoses, fitting, reasons, strict=True)
        if told is not None and left is None
    ]
    return Weighed(_concluded(evidence, stories, fitting), tuple(aside), diagnoses)


def _difference(evidence: Evidence, story: NatStory, told: Diagnosed | None) -> Difference | None:
    return None if told is None else difference(Match(evidence.half(story.side), story, told))


def _kept(diagnoses: Diagnoses, keeping: tuple[bool, bool]) -> Diagnoses:
    local, remote = diagnoses
    return (local if keeping[0] else None, remote if keeping[1] else None)


def _fitting(
    evidence: Evidence, stories: tuple[NatStory, NatStory], diagnoses: Diagnoses
) -> Diagnoses:
    """Those that fit what came of the checks: both, or the one that does, or none."""
    if _fits(evidence, stories, diagnoses):
        return diagnoses
    alone = (
        _fits(evidence, stories, (diagnoses[0], None)),
        _fits(evidence, stories, (None, diagnoses[1])),
    )
    return _newer(diagnoses) if all(alone) else _kept(diagnoses, alone)


def _newer(diagnoses: Diagnoses) -> Diagnoses:
    """Of two that each fit alone the one that is not old; else nobody knows which is not right any more."""
    fresh = tuple(one is not None and not one.is_old for one in diagnoses)
    return NO_DIAGNOSES if all(fresh) else _kept(diagnoses, (fresh[0], fresh[1]))


def _fits(evidence: Evidence, stories: tuple[NatStory, NatStory], diagnoses: Diagnoses) -> bool:
    if diagnoses == NO_DIAGNOSES:
        return True
    concluded = _conclude(evidence, _told(stories, diagnoses), diagnoses)
    return concluded is None or concluded.fitting > 0


def _concluded(
    evidence: Evidence, stories: tuple[NatStory, NatStory], diagnoses: Diagnoses
) -> tuple[NatStory, NatStory]:
    if diagnoses == NO_DIAGNOSES:
        return networks.nats(evidence)
    told = _told(stories, diagnoses)
    concluded = _conclude(evidence, told, diagnoses)
    return told if concluded is None else networks.narrowed(told, concluded)


def _conclude(
    evidence: Evidence, stories: tuple[NatStory, NatStory], diagnoses: Diagnoses
) -> Conclusion | None:
    """What the two together rule out, or `None` where the rule for two NATs has nothing to say."""
    if not networks.comparable(*stories):
        return None
    if any(one is not None and one.pooling is Pooling.ARBITRARY for one in diagnoses):
        return None  # which address a check comes from is chance
    seen = networks.seen(evidence, *stories)
    behaviors = (_behaviors(diagnoses[0]), _behaviors(diagnoses[1]))
    seen = dataclasses.replace(seen, behaviors=behaviors)
    return hypotheses.conclude(_doubting(seen, diagnoses))


def _behaviors(told: Diagnosed | None) -> tuple[Behavior, ...]:
    """What may stand before a side that ICE saw from outside, so that UDP gets through."""
    left = () if told is None else tuple(b for b in told.behaviors if b.blocking is Blocking.NONE)
    return left or EVERY


def _doubting(seen: Seen, diagnoses: Diagnoses) -> Seen:
    """Where a packet that comes too early may take a port, silence says nothing of the NATs' kinds."""
    if not any(one is not None and _may_clash(one) for one in diagnoses):
        return seen
    let_in = [came or None for came in seen.let_in]
    return dataclasses.replace(seen, direct=seen.direct or None, let_in=(let_in[0], let_in[1]))


def _may_clash(told: Diagnosed) -> bool:
    """Whether what is kept out may take the port, as in Linux where INPUT accepts (RFC 4787 REQ-11)."""
    keeps_out = told.filtering != (_ANYONE,)
    return (
        keeps_out and told.clashes is not False and _ANYONE in (told.mapping or tuple(Dependence))
    )


def _told(stories: tuple[NatStory, NatStory], diagnoses: Diagnoses) -> tuple[NatStory, NatStory]:
    local, remote = (
        story if told is None else _with(story, told)
        for story, told in zip(stories, diagnoses, strict=True)
    )
    return local, remote


def _with(story: NatStory, told: Diagnosed) -> NatStory:
    """A story with what a diagnosis of the same network knows besides."""
    paired = None if told.pooling is None else told.pooling is Pooling.PAIRED
    present = story.present if told.translated is None else told.translated
    return dataclasses.replace(
        story,
        present=present,
        mapping=_mapping(story, told),
        filtering=_measured(told, told.filtering) if told.filtering else story.filtering,
        keeps_ports=_first(seen=story.keeps_ports, told=told.preserving),
        pooling_paired=False if paired is False else _first(seen=story.pooling_paired, told=paired),
        carrier=_first(seen=story.carrier, told=told.carrier),
        udp=_first(seen=story.udp, told=told.udp),
        diagnosed=told,
    )


def _mapping(story: NatStory, told: Diagnosed) -> Possible:
    """What servers saw stays ICE's; what only a check showed gives way to what was measured."""
    if not told.mapping or story.present is False:
        return story.mapping
    seen = story.mapping
    if seen.certainty is Certainty.MEASURED and set(seen.values) <= set(told.mapping):
        return seen
    both = tuple(one for one in told.mapping if one in seen.values)
    return _measured(told, both or told.mapping)


def _measured(told: Diagnosed, values: tuple[Dependence, ...]) -> Possible:
    return Possible(values, sureness(told), Source.DIAGNOSIS)


def _first(*, seen: bool | None, told: bool | None) -> bool | None:
    return told if seen is None else seen


def _aside(side: Side, reason: Difference) -> Finding:
    return Finding(
        Cause.DIAGNOSIS_SET_ASIDE,
        side,
        reason.certainty,
        f"The diagnosis of {_WHOSE[side]} network was set aside: {reason.text}.",
        help="Diagnose again from where the connection is made: `hairpin nat --json`.",
        matters=False,
    )
