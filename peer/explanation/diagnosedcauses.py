"""What only a diagnosis can tell of what stands in the way: more NATs than one, an ALG, short lifetimes."""

from collections.abc import Iterator
from typing import Final

from peer.explanation.case import WHOSE, Case, Rule, direct_failed
from peer.explanation.findings import Cause, Certainty, Finding, Source, Verdict, sureness
from peer.report import CheckFailure

#: Seconds after which consent expires (RFC 7675 §5.1): what a binding outlives anyhow ends no path.
_CONSENT: Final = 30.0
_LOST: Final = frozenset({Verdict.FAILED, Verdict.DISCONNECTED})


def _double(case: Case) -> Iterator[Finding]:
    for story in case.nats:
        if story.diagnosed is None or not story.diagnosed.double:
            continue
        yield Finding(
            Cause.DOUBLE_NAT,
            story.side,
            sureness(story.diagnosed),
            f"{WHOSE[story.side]} network is behind more than one NAT: {story.diagnosed.words} found it.",
            help="Make one of the two routers a bridge, or an access point.",
            matters=direct_failed(case.evidence) and not story.carrier,
            source=Source.DIAGNOSIS,
        )


def _rewrites(case: Case) -> Iterator[Finding]:
    """Checks carry no address in the clear (RFC 8489 §14.2), so it is worth knowing, and no cause."""
    for story in case.nats:
        if story.diagnosed is None or not story.diagnosed.rewrites:
            continue
        text = (
            f"{WHOSE[story.side]} NAT rewrites addresses inside packets (ALG, RFC 4787 §7):"
            f" {story.diagnosed.words} found it. Checks carry none in the clear, but signaling without encryption does."
        )
        yield Finding(
            Cause.ADDRESSES_REWRITTEN,
            story.side,
            sureness(story.diagnosed),
            text,
            help="Switch the router's SIP or generic ALG off.",
            matters=False,
            source=Source.DIAGNOSIS,
        )


def _lifetime(case: Case) -> Iterator[Finding]:
    """A silence that consent would forgive ends the path where the NAT forgets it sooner."""
    expired = any(one.failure is CheckFailure.CONSENT_EXPIRED for one in case.evidence.pairs)
    if not expired and not (case.verdict in _LOST and case.evidence.selected is not None):
        return
    for story in case.nats:
        told = story.diagnosed
        if told is None or told.lifetime is None or told.lifetime > _CONSENT:
            continue
        text = (
            f"{WHOSE[story.side]} NAT forgets a binding after {told.lifetime:g} s of silence, as"
            f" {told.words} measured: a pause of that length may have ended the path."
        )
        yield Finding(
            Cause.LIFETIME_SHORT,
            story.side,
            Certainty.INFERRED,
            text,
            help="An ICE restart finds the path anew; keep something flowing meanwhile.",
            source=Source.DIAGNOSIS,
        )


DIAGNOSED: Final[tuple[Rule, ...]] = (_double, _rewrites, _lifetime)
