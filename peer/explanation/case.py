"""What each rule about the whole connection is given, and what many of them ask of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from peer.explanation.evidence import Evidence, worked
from peer.explanation.findings import Finding, NatStory, Side, Verdict
from peer.explanation.networks import direct_pairs

Nats = tuple[NatStory, NatStory]
WHOSE = {Side.LOCAL: "Your", Side.REMOTE: "The remote's"}


@dataclass(frozen=True, slots=True)
class Case:
    """The evidence, and what has been made of it so far."""

    evidence: Evidence
    nats: Nats
    verdict: Verdict


Rule = Callable[[Case], Iterator[Finding]]


def direct_failed(evidence: Evidence) -> bool:
    """Whether direct ways to a public address were tried and none answered."""
    tried = [one for one in direct_pairs(evidence) if one.requests_sent]
    return bool(tried) and not any(map(worked, tried))
