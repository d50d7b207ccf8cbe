"""What a NAT does, measured: RFC 5780's tests, what is concluded of them, and what it means."""

from nat.discovery.evidence import Evidence, EvidenceError, Wish, decode, encode
from nat.discovery.findings import Finding, Status
from nat.discovery.plan import Plan, StunServer, TurnServer
from nat.discovery.report import (
    FamilyReport,
    Grade,
    Outcome,
    Partner,
    Report,
    ServerReport,
    Verdict,
    Way,
)

__all__ = [
    "Evidence",
    "EvidenceError",
    "FamilyReport",
    "Finding",
    "Grade",
    "Outcome",
    "Partner",
    "Plan",
    "Report",
    "ServerReport",
    "Status",
    "StunServer",
    "TurnServer",
    "Verdict",
    "Way",
    "Wish",
    "decode",
    "encode",
]
