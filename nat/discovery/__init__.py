"""What a NAT does, measured: RFC 5780's tests, what is concluded of them, and what it means."""

from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import Collecting, collect
from nat.discovery.discovering import discover
from nat.discovery.evidence import Evidence, EvidenceError, Wish, decode, encode
from nat.discovery.findings import Finding, Status
from nat.discovery.judging import judge
from nat.discovery.openness import Openness, openness_behind, openness_of
from nat.discovery.plan import Plan, StunServer, TurnServer
from nat.discovery.recorder import Progress
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
from nat.discovery.servers import BUILT_IN, ServerError, parse_server
from nat.discovery.transactions import Transport

__all__ = [
    "BUILT_IN",
    "AsyncioNetwork",
    "Collecting",
    "Evidence",
    "EvidenceError",
    "FamilyReport",
    "Finding",
    "Grade",
    "Openness",
    "Outcome",
    "Partner",
    "Plan",
    "Progress",
    "Report",
    "ServerError",
    "ServerReport",
    "Status",
    "StunServer",
    "Transport",
    "TurnServer",
    "Verdict",
    "Way",
    "Wish",
    "collect",
    "decode",
    "discover",
    "encode",
    "judge",
    "openness_behind",
    "openness_of",
    "parse_server",
]
