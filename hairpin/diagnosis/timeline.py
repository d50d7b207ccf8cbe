"""What a diagnosis sent and heard, as rows of a picture: test packets by their test, and the lifetime ladder."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hairpin.console import endpoint
from nat.discovery import Evidence
from nat.discovery.surroundings import Attempt, GatewayProbe, SizeProbe
from nat.discovery.transactions import Purpose, Timer, Transaction

_OF_LIFETIMES: Final = {
    Purpose.LIFETIME_OPEN,
    Purpose.LIFETIME_ASK,
    Purpose.LIFETIME_REFRESH,
    Purpose.LIFETIME_SEND,
}


class Sign(enum.Enum):
    """What is drawn at a moment; each has a shape of its own beside its colour."""

    SENT = "sent"
    ANSWERED = "answered"
    ELSEWHERE = "answered from elsewhere"
    """By an address that was not asked, which is what filtering tests want to see."""
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a moment; seconds since the diagnosis began."""

    at: float
    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """One transaction or attempt.

    Attributes:
        label: of it.
        marks: in the order of time.
        outcome: in a few words, for those who do not see the picture.
    """

    label: str
    marks: tuple[Mark, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The tracks of one test."""

    title: str
    tracks: tuple[Track, ...]


class Heard(enum.Enum):
    """Where the answer to a rung's question came."""

    OLD_PORT = "an answer got in"
    """At the port that had been silent."""
    NEW_PORT = "another had the port"
    """At the port that asked, to which the external port belongs by now."""
    NOWHERE = "nothing got in"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: so many seconds of silence, and what was heard after them."""

    wait: float
    heard: Heard


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rungs of one timer, the shortest first."""

    timer: Timer
    steps: tuple[Step, ...]


def lanes(evidence: Evidence) -> tuple[Lane, ...]:
    """Everything but lifetimes, by test, in the order of `Purpose`."""
    found = []
    for purpose in Purpose:
        of_it = [t for t in evidence.transactions if t.purpose is purpose and t.sent]
        if of_it and purpose not in _OF_LIFETIMES:
            tracks = tuple(_track(t) for t in sorted(of_it, key=lambda t: t.sent[0]))
            found.append(Lane(purpose.value, tracks))
    found += [
        Lane("path MTU", tuple(_of_size(size) for size in evidence.sizes if size.sent)),
        Lane("other ways out", tuple(_of_attempt(one) for one in evidence.attempts)),
        Lane("port mapping", tuple(map(_of_gateway, (*evidence.gateways, *evidence.firewalls)))),
    ]
    return tuple(lane for lane in found if lane.tracks)


def ladders(evidence: Evidence) -> tuple[Ladder, ...]:
    """The rungs of each timer that was measured; those that were not waited for are left out."""
    found = []
    for timer in Timer:
        rungs = sorted((r for r in evidence.rungs if r.timer is timer), key=lambda r: r.wait)
        steps = [
            Step(rung.wait, heard)
            for rung in rungs
            if (heard := _heard(evidence, rung.trial)) is not None
        ]
        if steps:
            found.append(Ladder(timer, tuple(steps)))
    return tuple(found)


def _heard(evidence: Evidence, trial: int) -> Heard | None:
    """What came of a rung's question, or None if it was not put to its end."""
    of_it = [t for t in evidence.transactions if t.trial == trial]
    silent = {t.socket for t in of_it if t.purpose is Purpose.LIFETIME_OPEN}
    asks = [t for t in of_it if t.purpose is Purpose.LIFETIME_ASK and t.sent]
    if not asks or all(ask.abandoned for ask in asks):
        return None
    at = {answer.socket for ask in asks for answer in ask.answers if answer.error is None}
    if at & silent:
        return Heard.OLD_PORT
    return Heard.NEW_PORT if at else Heard.NOWHERE


def _track(transaction: Transaction) -> Track:
    marks = [
        *(Mark(at, Sign.SENT, f"sent {_times(i)}") for i, at in enumerate(transaction.sent, 1)),
        *_answers(transaction),
    ]
    if transaction.failure:
        marks.append(Mark(transaction.sent[-1], Sign.FAILED, transaction.failure))
    label = f"to {endpoint(transaction.target)}{_wishes(transaction)}"
    return Track(label, _in_order(marks), _outcome(transaction, marks))


def _answers(transaction: Transaction) -> Iterator[Mark]:
    for answer in transaction.answers:
        source = endpoint(answer.source)
        if answer.error is not None:
            yield Mark(answer.at, Sign.REFUSED, f"{source} refuses with {answer.error}")
            continue
        seen = answer.xor_mapped or answer.mapped
        what = f" and saw {endpoint(seen)}" if seen else ""
        at_home = answer.source == transaction.target
        sign = Sign.ANSWERED if at_home else Sign.ELSEWHERE
        yield Mark(answer.at, sign, f"{source} answers{what}")
    for arrival in transaction.arrivals:
        yield Mark(arrival.at, Sign.ANSWERED, f"came back from {endpoint(arrival.source)}")


def _outcome(transaction: Transaction, marks: list[Mark]) -> str:
    heard = [mark for mark in marks if mark.sign is not Sign.SENT]
    if heard:
        first = min(heard, key=lambda mark: mark.at)
        return first.text
    return "stopped" if transaction.abandoned else "silence"


def _wishes(transaction: Transaction) -> str:
    """What the answer shall do that it would not of itself."""
    change = [
        name
        for name, wanted in (
            ("IP", transaction.change_ip),
            ("port", transaction.change_port),
        )
        if wanted
    ]
    return f", answer from other {' and '.join(change)}" if change else ""


def _of_size(probe: SizeProbe) -> Track:
    marks = [Mark(at, Sign.SENT, f"sent {_times(i)}") for i, at in enumerate(probe.sent, 1)]
    if probe.answered_at is not None:
        marks.append(Mark(probe.answered_at, Sign.ANSWERED, "answered"))
    told = f"too large, {probe.told:,} B pass" if probe.told is not None else "silence"
    outcome = "passes" if probe.answered_at is not None else told
    return Track(f"{probe.size:,} B to {endpoint(probe.target)}", _in_order(marks), outcome)


def _of_attempt(attempt: Attempt) -> Track:
    marks = [Mark(attempt.began, Sign.SENT, "began")]
    if attempt.reached_at is not None:
        marks.append(Mark(attempt.reached_at, Sign.ANSWERED, "connected"))
    if attempt.finished_at is not None:
        marks.append(Mark(attempt.finished_at, Sign.ANSWERED, "done"))
    if attempt.failure:
        last = max(mark.at for mark in marks)
        marks.append(Mark(last, Sign.FAILED, attempt.failure))
    outcome = attempt.failure or ("works" if attempt.finished_at is not None else "silence")
    return Track(f"{attempt.means.value}, {attempt.name}", _in_order(marks), outcome)


def _of_gateway(probe: GatewayProbe) -> Track:
    marks = [Mark(probe.asked_at, Sign.SENT, "asked")]
    if probe.answered_at is not None:
        marks.append(Mark(probe.answered_at, Sign.ANSWERED, "answered"))
    outcome = probe.failure or ("answered" if probe.answered_at is not None else "silence")
    whom = probe.gateway or "everybody"
    return Track(f"{probe.protocol.value} to {whom}", _in_order(marks), outcome)


def _times(number: int) -> str:
    return "first" if number == 1 else f"again ({number})"


def _in_order(marks: list[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(marks, key=lambda mark: mark.at))
