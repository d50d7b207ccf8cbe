"""A session as rows of a waterfall: what began when, how long it took, and what came of it."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from nat import CandidateType
from peer.explanation import Explanation, PairStory
from peer.explanation.addresses import words
from peer.report import GenerationReport, IceReport, IceState, Outcome, PairReport
from peer.timeline import Happening, Timeline


class Tone(enum.Enum):
    """What came of it; a word stands beside the colour."""

    FINE = "fine"
    """It worked."""
    HELPED = "helped"
    """It worked with help, or was not needed."""
    BROKEN = "broken"
    """It did not work."""
    PLAIN = "plain"
    """It says neither."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that took time; without `end` it goes on.

    Attributes:
        start: Seconds.
        end: Seconds, or `None` while it goes on.
        tone: What came of it.
        text: In words.
    """

    start: float
    end: float | None
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a moment."""

    at: float
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the waterfall.

    Attributes:
        label: What it is.
        bars: What took time, in order.
        marks: What happened at a moment.
        detail: The whole of it in words.
    """

    label: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All of it.

    Attributes:
        groups: From signaling to the channel.
        setup_end: Until when the set-up lasted, seconds.
        end: Until when anything is known, seconds.
    """

    groups: tuple[Group, ...]
    setup_end: float
    end: float


_OUTCOMES = {
    Outcome.RUNNING: (Tone.PLAIN, "going on"),
    Outcome.COMPLETED: (Tone.FINE, "completed"),
    Outcome.FAILED: (Tone.BROKEN, "failed"),
    Outcome.ABANDONED: (Tone.PLAIN, "given up"),
}
_STATES = {
    IceState.CONNECTED: Tone.FINE,
    IceState.COMPLETED: Tone.FINE,
    IceState.DISCONNECTED: Tone.HELPED,
    IceState.FAILED: Tone.BROKEN,
}


def waterfall(
    timeline: Timeline,
    report: IceReport | None = None,
    explanation: Explanation | None = None,
    *,
    offset: float = 0.0,
) -> Waterfall:
    """Put a session's steps and what ICE did on one scale.

    Args:
        timeline: The session's steps.
        report: What ICE did.
        explanation: Why each pair was, or was not, the one.
        offset: Seconds from the timeline's origin to the report's.
    """
    groups = [Group("Set-up", tuple(_phases(timeline))), Group("Steps", tuple(_steps(timeline)))]
    if report is not None:
        why = {} if explanation is None else {one.id: one for one in explanation.pairs}
        for generation in report.generations:
            groups += _generation(generation, why, offset, several=len(report.generations) > 1)
        groups.append(Group("States", tuple(_states(report, offset))))
    groups.append(Group("Happenings", tuple(map(_happening, timeline.happenings))))
    filled = tuple(group for group in groups if group.rows)
    last = max([_last(group) for group in filled], default=0.0)
    if report is not None:
        last = max(last, report.taken_at + offset)
    setup = timeline.setup_end
    return Waterfall(filled, setup if setup is not None else min(last, 20.0), max(last, 0.001))


def _last(group: Group) -> float:
    ends = [bar.end if bar.end is not None else bar.start for row in group.rows for bar in row.bars]
    return max([*ends, *(mark.at for row in group.rows for mark in row.marks)], default=0.0)


def _phases(timeline: Timeline) -> Iterator[Row]:
    for phase in timeline.phases:
        took = _took(phase.duration)
        bar = Bar(phase.start, phase.start + phase.duration, Tone.FINE, took)
        yield Row(phase.name, (bar,), detail=f"{phase.name} took {took}.")


def _steps(timeline: Timeline) -> Iterator[Row]:
    for step, at in timeline.steps:
        name = step.value.replace("ice", "ICE", 1).replace("dtls", "DTLS", 1)
        yield Row(name, marks=(Mark(at, Tone.PLAIN, name),), detail=f"{name} after {_took(at)}.")


def _happening(one: Happening) -> Row:
    return Row(one.text, marks=(Mark(one.at, Tone.PLAIN, one.text),), detail=one.text)


def _generation(
    generation: GenerationReport, why: dict[str, PairStory], offset: float, *, several: bool
) -> list[Group]:
    name = f", restart {generation.number}" if generation.number else ""
    name = name or (", first set-up" if several else "")
    return [
        Group(f"Gathering{name}", tuple(_gathering(generation, offset))),
        Group(f"The remote's candidates{name}", tuple(_remotes(generation, offset))),
        Group(f"Checks{name}", tuple(_checks(generation, why, offset))),
    ]


def _gathering(generation: GenerationReport, offset: float) -> Iterator[Row]:
    start = generation.started_at + offset
    for one in generation.candidates:
        source = f" from {one.server}" if one.server else ""
        note = ", known already and not sent" if one.redundant else ""
        note = ", kept from the remote" if one.withheld else note
        tone = Tone.FINE if one.told else Tone.PLAIN
        text = f"{one.type.words} {words(one.address)}{source}{note}"
        bar = Bar(start, one.at + offset, tone, f"after {_took(one.at - generation.started_at)}")
        yield Row(f"{one.type.words} {words(one.address)}", (bar,), detail=f"{text}.")
    for failure in generation.failures:
        bar = Bar(start, failure.at + offset, Tone.BROKEN, failure.reason)
        yield Row(failure.origin, (bar,), detail=f"{failure.origin}: {failure.reason}.")
    if generation.gathered_at is not None:
        at = generation.gathered_at + offset
        yield Row("gathering ended", marks=(Mark(at, Tone.PLAIN, "end of candidates"),))


def _remotes(generation: GenerationReport, offset: float) -> Iterator[Row]:
    for one in generation.remote_candidates:
        how = "told" if one.told else "learnt from a check"
        label = f"{one.type.words} {words(one.address)}"
        yield Row(label, marks=(Mark(one.at + offset, Tone.PLAIN, how),), detail=f"{label}, {how}.")


def _checks(
    generation: GenerationReport, why: dict[str, PairStory], offset: float
) -> Iterator[Row]:
    for pair in generation.pairs:
        label = f"{_end(pair.local.type, pair.local.address)} → {_end(pair.remote.type, pair.remote.address)}"
        story = why.get(pair.id)
        detail = "" if story is None else story.finding.text
        counts = f"{pair.requests_sent} sent, {pair.responses_received} answered, {pair.requests_received} came in."
        chosen = [one for one in generation.selections if one.pair == pair.id]
        marks = tuple(Mark(one.at + offset, Tone.FINE, f"selected: {one.reason}") for one in chosen)
        yield Row(label, tuple(_check(pair, offset)), marks, f"{label}: {counts} {detail}".strip())


def _check(pair: PairReport, offset: float) -> Iterator[Bar]:
    begun = pair.first_request_at
    if begun is None:
        yield Bar(pair.created_at + offset, None, Tone.PLAIN, "not tried")
        return
    if begun > pair.created_at:
        yield Bar(pair.created_at + offset, begun + offset, Tone.PLAIN, "waiting for its turn")
    if pair.succeeded_at is not None:
        took = _took(pair.succeeded_at - begun)
        yield Bar(begun + offset, pair.succeeded_at + offset, Tone.FINE, f"answered after {took}")
        if pair.failed_at is not None and pair.failed_at > pair.succeeded_at:
            reason = "" if pair.failure is None else pair.failure.value
            yield Bar(pair.succeeded_at + offset, pair.failed_at + offset, Tone.BROKEN, reason)
        return
    end = pair.failed_at if pair.failed_at is not None else pair.last_request_at
    failed = pair.failed_at is not None
    reason = pair.failure.value if pair.failure is not None else "no answer yet"
    yield Bar(
        begun + offset,
        None if end is None else end + offset,
        Tone.BROKEN if failed else Tone.HELPED,
        reason,
    )


def _states(report: IceReport, offset: float) -> Iterator[Row]:
    bars = []
    for index, (at, state) in enumerate(report.states):
        following = report.states[index + 1][0] if index + 1 < len(report.states) else None
        end = None if following is None else following + offset
        tone = _STATES.get(state, Tone.PLAIN)
        bars.append(Bar(at + offset, end, tone, state.value))
    if bars:
        told = ", ".join(f"{bar.text} at {_took(bar.start)}" for bar in bars)
        yield Row("ICE state", tuple(bars), detail=f"ICE was {told}.")
    for generation in report.generations:
        if generation.number:
            tone, text = _OUTCOMES[generation.outcome]
            end = None if generation.ended_at is None else generation.ended_at + offset
            bar = Bar(generation.started_at + offset, end, tone, text)
            name = f"restart {generation.number}"
            yield Row(name, (bar,), detail=f"{name}: {text}.")


def _end(kind: CandidateType, address: tuple[str, int]) -> str:
    return f"{kind.value} {words(address)}"


def _took(seconds: float) -> str:
    """A duration, without false precision: `0.4 ms`, `41 ms`, `1.2 s`."""
    value = seconds * 1000
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{seconds:.1f} s"
