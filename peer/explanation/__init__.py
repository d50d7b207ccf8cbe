"""Why a connection took the path it took, or took none: data and sentences, made of ICE's reports."""

from peer.explanation.document import document
from peer.explanation.explaining import explain
from peer.explanation.findings import (
    CandidateStory,
    Cause,
    Certainty,
    Explanation,
    Finding,
    NatStory,
    PairStory,
    Possible,
    ServerStory,
    Side,
    Verdict,
)

__all__ = [
    "CandidateStory",
    "Cause",
    "Certainty",
    "Explanation",
    "Finding",
    "NatStory",
    "PairStory",
    "Possible",
    "ServerStory",
    "Side",
    "Verdict",
    "document",
    "explain",
]
