"""How long a mapping lives (RFC 4787 §4.3): between a silence it outlived and one that it did not."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import Refresh
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import Reading, plural
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.report import Span
from nat.discovery.transactions import Purpose, Rung, Timer, Transaction
from stunwire import Family

_UNSUPPORTED: Final = frozenset({400, 420})


@dataclass(frozen=True, slots=True)
class Step:
    """What a rung says: alive, gone, or None, and then why."""

    wait: float
    alive: bool | None
    why: str = ""


def judge_lifetime(
    reading: Reading, family: Family, timer: Timer, loss: Loss, hosts: int
) -> Finding[Span]:
    """Find the span in which one of the timers ends."""
    rungs = _rungs(reading, timer)
    steps = [step for each in rungs if (step := _step(reading, family, each, loss)) is not None]
    if not steps:
        return not_tested()
    if hosts > 1:
        return unknown(f"there are {hosts} external addresses, and an answer may go to a wrong one")
    decided = sorted((each for each in steps if each.alive is not None), key=lambda each: each.wait)
    alive = [each.wait for each in decided if each.alive]
    gone = [each.wait for each in decided if each.alive is False]
    if not alive:
        why = next((each.why for each in steps if each.why), "no mapping was ever seen alive")
        return unknown(
            why if not gone else f"no mapping outlived {gone[0]:g} s, nor was seen alive",
            tests=len(steps),
        )
    if gone and max(alive) >= min(gone):
        why = f"one was alive after {max(alive):g} s and another gone after {min(gone):g} s"
        return unknown(why, tests=len(decided))
    span = Span(max(alive), min(gone) if gone else None)
    end = f", and not {span.gone:g} s" if span.gone is not None else "; longer was not tried"
    return known(span, f"mappings outlived {span.alive:g} s of silence{end}", tests=len(decided))


def _rungs(reading: Reading, timer: Timer) -> list[Rung]:
    return [
        each
        for each in reading.evidence.rungs
        if each.timer is timer and math.isfinite(each.wait) and each.wait >= 0
    ]


def _of(reading: Reading, family: Family, rung: Rung) -> list[Transaction]:
    purposes = {Purpose.LIFETIME_OPEN, Purpose.LIFETIME_ASK, Purpose.LIFETIME_REFRESH}
    return [
        each for each in reading.of(family) if each.trial == rung.trial and each.purpose in purposes
    ]


def _step(reading: Reading, family: Family, rung: Rung, loss: Loss) -> Step | None:
    """Whether an answer to Y's question has come to X (RFC 5780 §4.6)."""
    transactions = _of(reading, family, rung)
    opened = [
        each
        for each in transactions
        if each.purpose is Purpose.LIFETIME_OPEN and reading.genuine(each)
    ]
    asked = [each for each in transactions if each.purpose is Purpose.LIFETIME_ASK]
    if not transactions:
        return None
    if not opened or not asked:
        return Step(rung.wait, None, "no mapping was made, or nobody asked for it")
    owners = {each.socket for each in opened} - {each.socket for each in asked}
    if any(
        answer.socket in owners and answer.error is None
        for each in asked
        for answer in each.answers
    ):
        return Step(rung.wait, alive=True)
    if any(answer.error in _UNSUPPORTED for each in asked for answer in each.answers):
        return Step(rung.wait, None, "the server cannot answer to another port (RESPONSE-PORT)")
    if any(answer.error is None for each in asked for answer in each.answers):
        return Step(rung.wait, None, "the server answered to the wrong port")
    if loss.rules_out(sum(unanswered(each) for each in asked)):
        return Step(rung.wait, alive=False)
    return Step(rung.wait, None, "silence may be loss")


def judge_refresh(
    reading: Reading, family: Family, loss: Loss, one_shot: Finding[Span], stream: Finding[Span]
) -> Finding[Refresh]:
    """Find out whether packets from outside alone keep a mapping alive (RFC 4787 REQ-6)."""
    rungs = _rungs(reading, Timer.INBOUND_REFRESH)
    steps = [(rung, _step(reading, family, rung, loss)) for rung in rungs]
    told = [
        step.alive
        for rung, step in steps
        if step is not None
        and step.alive is not None
        and _outlasts(_of(reading, family, rung), (one_shot, stream))
    ]
    if not any(step for _, step in steps):
        return not_tested()
    if not told:
        return unknown("how long a mapping lives is not known, or it was not kept alive for longer")
    if len(set(told)) > 1:
        return unknown("it was once so and once not", tests=len(told))
    if told[0]:
        why = (
            "packets from outside kept a mapping alive; whether those from inside do was not asked"
        )
        return unknown(why, tests=len(told), possible=(Refresh.INBOUND, Refresh.BOTH))
    why = f"packets from outside did not keep {plural(len(told), 'mapping')} alive"
    return known(Refresh.OUTBOUND, why, tests=len(told))


def _outlasts(transactions: Sequence[Transaction], spans: Iterable[Finding[Span]]) -> bool:
    """Whether X had been silent for longer than any timer, and packets came in that whole time."""
    gone = [each.value.gone for each in spans if each.value and each.value.gone is not None]
    silent_since = [each.sent[-1] for each in transactions if each.purpose is Purpose.LIFETIME_OPEN]
    asked = [each.sent[0] for each in transactions if each.purpose is Purpose.LIFETIME_ASK]
    if not (gone and silent_since and asked):
        return False
    return min(asked) - max(silent_since) > max(gone)
