"""Candidates as data: what was gathered, from where, when, and whether it was worth sending."""

from dataclasses import dataclass

from nat.candidates import CandidateType

__all__ = ["Address", "CandidateType", "GatheredCandidate", "ServerFailure"]

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class GatheredCandidate:
    """One local candidate.

    Attributes:
        type: Which of the four types.
        address: Where the other side would send to.
        priority: RFC 8445 §5.1.2.1.
        base: The local address it was gathered from (RFC 8445 §4).
        server: The URL of the server that told it, or `None` for a host candidate.
        line: The candidate as an SDP attribute value, `candidate:…`.
        redundant: Not sent, since the other side knows the address already (RFC 8445 §5.1.3): it is
            that of the base, so that no NAT stands between, or another server has told it before.
        at: Seconds since the session began.
    """

    type: CandidateType
    address: Address
    priority: int
    base: Address
    server: str | None
    line: str
    redundant: bool
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class ServerFailure:
    """A STUN or TURN server that gave no candidate.

    Attributes:
        server: Its URL.
        base: The local address it was asked from, or `None` for TURN.
        reason: What happened, in words.
        at: Seconds since the session began.
    """

    server: str
    base: Address | None
    reason: str
    at: float = 0.0
