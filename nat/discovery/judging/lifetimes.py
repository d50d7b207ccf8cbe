"""How long a binding lives (RFC 4787 §4.3): between a silence it outlived and one that it did not."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import Refresh
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import LIFETIMES, Reading, Sighting
from nat.discovery.judging.silence import Loss, unanswered
from nat.discovery.report import Span
from nat.discovery.transactions import Purpose, Rung, Timer, Transaction
from stunwire import Family

_UNSUPPORTED: Final = frozenset({400, 420})
_STREAM_AGE: Final = 2.0
"""Seconds of traffic both ways after which Linux takes a flow for a stream, as the first to do so."""
_QUITE_SURE: Final = 1e-4
"""So seldom is a binding still alive when this many transmissions in a row have stayed away."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a rung says.

    Attributes:
        wait: seconds of silence: at least so many if alive, at most so many if gone.
        alive: whether an answer got in, or None if that cannot be told.
        why: why not.
    """

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
        why = next((each.why for each in steps if each.why), "no binding was ever seen alive")
        return unknown(
            why if not gone else f"no binding outlived {gone[0]:g} s, nor was seen alive",
            tests=len(steps),
        )
    if gone and max(alive) >= min(gone):
        why = f"one was alive after {max(alive):g} s and another gone after {min(gone):g} s"
        return unknown(why, tests=len(decided))
    span = Span(_down(max(alive)), _up(min(gone)) if gone else None)
    end = f", and not {span.gone:g} s" if span.gone is not None else "; longer was not tried"
    last = [each for each in rungs if gone and each.wait <= min(gone)]
    ended = _what_ended(reading, family, last)
    why = f"bindings outlived {span.alive:g} s of silence{end}{ended}"
    return known(span, why, tests=len(decided))


def _what_ended(reading: Reading, family: Family, rungs: Sequence[Rung]) -> str:
    """Whether the mapping had ended, or perhaps the filter's entry alone, as far as new packets of X tell.

    Args:
        reading: the evidence.
        family: of addresses.
        rungs: up to the first that a binding did not outlive; later ones tell of later ends.
    """
    renewed = set()
    for rung in rungs:
        transactions = _of(reading, family, rung)
        before = _seen(reading, _with(transactions, Purpose.LIFETIME_OPEN))
        if not (asked := _with(transactions, Purpose.LIFETIME_ASK)) or asked[0].answers:
            continue
        for seen in _seen(reading, _with(transactions, Purpose.LIFETIME_AGAIN)):
            if before and not seen.keeps_port:  # one that is kept says nothing
                renewed.add(seen.mapped not in {each.mapped for each in before})
    if True in renewed:
        return "; seconds later the mapping had ended, too, for a new one had another port"
    if False in renewed:
        return "; the port was the same after it, so it may be the filter alone that had ended"
    return ""


def _seen(reading: Reading, transactions: Iterable[Transaction]) -> list[Sighting]:
    return [seen for each in transactions if (seen := reading.sighting(each))]


def _down(seconds: float) -> float:
    """No more precise than it is."""
    return float(math.floor(seconds)) if seconds >= 1 else 0.0


def _up(seconds: float) -> float:
    return float(math.ceil(seconds))


def _rungs(reading: Reading, timer: Timer) -> list[Rung]:
    return [
        each
        for each in reading.evidence.rungs
        if each.timer is timer and math.isfinite(each.wait) and each.wait >= 0
    ]


def _of(reading: Reading, family: Family, rung: Rung) -> list[Transaction]:
    return [
        each
        for each in reading.of(family)
        if each.trial == rung.trial and each.purpose in LIFETIMES
    ]


def _step(reading: Reading, family: Family, rung: Rung, loss: Loss) -> Step | None:
    """Whether an answer to Y's question has come to X (RFC 5780 §4.6)."""
    transactions = _of(reading, family, rung)
    if not transactions:
        return None
    opened = _with(transactions, Purpose.LIFETIME_OPEN)
    heard = [seen for each in opened if (seen := reading.genuine(each))]
    asked = _with(transactions, Purpose.LIFETIME_ASK)
    if not heard:
        return Step(rung.wait, None, "no mapping was made")
    last_heard = max(answers[-1].at for answers in heard)
    if not asked:
        return _asked_by_itself(reading, transactions, rung, last_heard)
    first = asked[0]
    reopened = min(
        (each.sent[0] for each in _with(transactions, Purpose.LIFETIME_AGAIN)), default=math.inf
    )
    came = [each for each in first.answers if each.socket == opened[-1].socket and not each.error]
    if any(each.at < reopened for each in came):
        if rung.timer is not Timer.STREAM and last_heard - _begun(opened) >= _STREAM_AGE:
            return Step(rung.wait, None, "the exchange took so long that it may count as a stream")
        return Step(max(first.sent[0] - last_heard, 0.0), alive=True)
    if came:
        return Step(rung.wait, None, "an answer came so late that X had sent again by then")
    if any(answer.error in _UNSUPPORTED for answer in first.answers):
        return Step(rung.wait, None, "the server cannot answer to another port (RESPONSE-PORT)")
    if first.answers:
        return Step(rung.wait, None, "the server answered to the wrong port")
    if not _would_arrive(reading, transactions) or not loss.rules_out(unanswered(first)):
        return Step(rung.wait, None, "silence may be loss")
    return Step(_gone_by(first, loss) - max(each.sent[-1] for each in opened), alive=False)


def _with(transactions: Iterable[Transaction], purpose: Purpose) -> list[Transaction]:
    return [each for each in transactions if each.purpose is purpose]


def _begun(opened: Sequence[Transaction]) -> float:
    """When X, which is the last of those who tried, sent first."""
    return min(each.sent[0] for each in opened if each.socket == opened[-1].socket)


def _asked_by_itself(
    reading: Reading, transactions: Sequence[Transaction], rung: Rung, last_heard: float
) -> Step:
    """X asked again: at another port, its mapping is a new one; the same port proves nothing."""
    before = {seen.mapped for seen in _seen(reading, _with(transactions, Purpose.LIFETIME_OPEN))}
    for each in _with(transactions, Purpose.LIFETIME_AGAIN):
        seen = reading.sighting(each)
        moved = seen is not None and seen.mapped.host not in {one.host for one in before}
        if seen is not None and before and seen.mapped not in before and not moved:
            return Step(each.sent[-1] - last_heard + 1.0, alive=False)
    return Step(rung.wait, None, "the server cannot answer to another port, and X had its old one")


def _would_arrive(reading: Reading, transactions: Sequence[Transaction]) -> bool:
    """Whether an answer to Y's external address is one to X's, and the server was there."""
    controls = _with(transactions, Purpose.LIFETIME_CONTROL)
    hosts = {
        seen.mapped.host
        for each in [*controls, *_with(transactions, Purpose.LIFETIME_OPEN)]
        if (seen := reading.sighting(each))
    }
    return len(hosts) == 1 and all(reading.genuine(each) for each in controls)


def _gone_by(asked: Transaction, loss: Loss) -> float:
    """When it was gone for sure: the first transmissions may have been lost."""
    for number, sent in enumerate(asked.sent, 1):
        if loss.chance(number) < _QUITE_SURE:
            return sent
    return asked.sent[-1]


@dataclass(frozen=True, slots=True)
class _Halfway:
    """A rung with a packet halfway.

    Attributes:
        half: seconds until that packet, at most; 0 if it is known to have come through.
        whole: seconds of silence without it, at least.
        weight: if the binding was gone, the transmissions that must have been lost if the packet had
            kept it alive.
        alive: whether an answer got in at its end.
    """

    half: float
    whole: float
    weight: int
    alive: bool


def judge_refresh(
    reading: Reading, family: Family, loss: Loss, one_shot: Finding[Span]
) -> Finding[Refresh]:
    """Find out packets of which direction keep a binding alive (RFC 4787 REQ-6).

    Where a filter ends before its mapping that is the filter's entry, which packets from inside make anew.
    """
    if not _rungs(reading, Timer.INBOUND_REFRESH) and not _rungs(reading, Timer.OUTBOUND_REFRESH):
        return not_tested()
    span = one_shot.value
    if span is None or span.gone is None:
        return unknown("how long a binding lives is not known, so nothing can be kept from its end")
    inbound = _keeps(_halfways(reading, family, Timer.INBOUND_REFRESH, loss, span), span, loss)
    outbound = _keeps(_halfways(reading, family, Timer.OUTBOUND_REFRESH, loss, span), span, loss)
    possible = tuple(
        each
        for each in Refresh
        if inbound in {None, each.inbound} and outbound in {None, each.outbound}
    )
    if not possible:
        return unknown("neither direction kept a binding alive, or it was once so and once not")
    words = [
        f"packets from {side} {'kept' if kept else 'did not keep'} it alive"
        for side, kept in (("outside", inbound), ("inside", outbound))
        if kept is not None
    ]
    why = " and ".join(words) or "no packet was sent at a time that tells"
    if len(possible) == 1:
        return known(possible[0], why, tests=len(words))
    return unknown(why, possible=possible if words else ())


def _halfways(
    reading: Reading, family: Family, timer: Timer, loss: Loss, span: Span
) -> Iterable[_Halfway]:
    purpose = Purpose.LIFETIME_REFRESH if timer is Timer.INBOUND_REFRESH else Purpose.LIFETIME_SEND
    for rung in _rungs(reading, timer):
        step = _step(reading, family, rung, loss)
        transactions = _of(reading, family, rung)
        middle = _with(transactions, purpose)
        opened, asked = (
            _with(transactions, each) for each in (Purpose.LIFETIME_OPEN, Purpose.LIFETIME_ASK)
        )
        if step is None or step.alive is None or not (middle and opened and asked):
            continue
        arrived = [each.at for each in middle[0].answers if each.socket == opened[-1].socket]
        if timer is Timer.INBOUND_REFRESH and not arrived:
            continue
        last = (arrived or middle[0].sent)[-1]
        within = sum(sent - last < span.alive for sent in asked[0].sent)
        yield _Halfway(
            0.0 if arrived else middle[0].sent[0] - opened[-1].sent[0],
            asked[0].sent[0] - opened[-1].sent[-1],
            within if arrived else min(within, len(middle[0].sent)),
            step.alive,
        )


def _keeps(halfways: Iterable[_Halfway], span: Span, loss: Loss) -> bool | None:
    """Whether the packet halfway kept bindings alive; None if that is not known, or contradicts."""
    assert span.gone is not None
    kept, ended = 0, 0
    for each in halfways:
        if each.half >= span.alive or each.whole <= span.gone:
            continue  # the packet came too late, or the binding had lived without it
        if each.alive:
            kept += 1
        else:
            ended += each.weight
    if kept:
        return None if loss.rules_out(ended) else True
    return False if loss.rules_out(ended) else None
