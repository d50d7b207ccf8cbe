"""Candidates as data: what was gathered, from where, when, and whether it was worth sending."""

from dataclasses import dataclass

from nat.candidates import CandidateType

__all__ = ["NO_ANSWER", "Address", "CandidateType", "GatheredCandidate", "ServerFailure"]

Address = tuple[str, int]
#: W3C `RTCPeerConnectionIceErrorEvent`: the server could not be reached.
NO_ANSWER = 701


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
        withheld: Not sent, since the policy keeps the addresses of this machine to itself; checks
            are sent from it all the same.
    """

    type: CandidateType
    address: Address
    priority: int
    base: Address
    server: str | None
    line: str
    redundant: bool
    at: float = 0.0
    withheld: bool = False

    @property
    def told(self) -> bool:
        """Whether it is for the other side to know."""
        return not (self.redundant or self.withheld)


@dataclass(frozen=True, slots=True)
class ServerFailure:
    """A STUN or TURN server that gave no candidate, or a local address that none can be had from.

    Attributes:
        server: Its URL, or `""` where no server has to do with it.
        base: The local address it was asked from, or `None` for TURN.
        reason: What happened, in words.
        at: Seconds since the session began.
        code: The STUN error code that the server answered with, or 701 where it did not answer
            (W3C `RTCPeerConnectionIceErrorEvent`'s `errorCode`).
        asked: The server's address, as far as it came to that.
    """

    server: str
    base: Address | None
    reason: str
    at: float = 0.0
    code: int = NO_ANSWER
    asked: Address | None = None

    @property
    def origin(self) -> str:
        """What failed: the server's URL, or the local address, or this machine as a whole."""
        return self.server or (self.base[0] if self.base is not None else "this machine")
