"""Why a connection took the path it took, or took none: data and sentences, made of ICE's reports."""

from peer.explanation.diagnosed import Agreement, Diagnosed, Diagnosis, Foretold
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
    Source,
    Verdict,
)

__all__ = [
    "Agreement",
    "CandidateStory",
    "Cause",
    "Certainty",
    "Diagnosed",
    "Diagnosis",
    "Explanation",
    "Finding",
    "Foretold",
    "NatStory",
    "PairStory",
    "Possible",
    "ServerStory",
    "Side",
    "Source",
    "Verdict",
    "document",
    "explain",
]
