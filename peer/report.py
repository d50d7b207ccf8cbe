"""What ICE did, as data: generations, candidates, pairs, checks and selections, each with its time.

Times are seconds since the peer connection was made. A report is a picture of one moment; statistics
and explanations are made of it, here or on another machine.
"""

import enum
from dataclasses import dataclass

from peer.candidates import Address, CandidateType, GatheredCandidate, ServerFailure

__all__ = [
    "CheckFailure",
    "GenerationReport",
    "IceReport",
    "IceRole",
    "IceState",
    "Outcome",
    "PairReport",
    "PairState",
    "RemoteCandidate",
    "Selection",
]


class IceState(enum.Enum):
    """W3C `RTCIceTransportState`."""

    NEW = "new"
    CHECKING = "checking"
    CONNECTED = "connected"
    COMPLETED = "completed"
    DISCONNECTED = "disconnected"
    FAILED = "failed"
    CLOSED = "closed"


class IceRole(enum.Enum):
    """RFC 8445 §4."""

    CONTROLLING = "controlling"
    CONTROLLED = "controlled"


class PairState(enum.Enum):
    """RFC 8445 §6.1.2.6."""

    FROZEN = "frozen"
    WAITING = "waiting"
    IN_PROGRESS = "in-progress"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class CheckFailure(enum.Enum):
    """Why the check of a pair failed."""

    NO_ANSWER = "no answer"
    WRONG_SOURCE = "answered from another address"
    ERROR = "answered with an error"
    UNREACHABLE = "the network said unreachable"
    RELAY_REFUSED = "the relay refused"
    SOCKET_LOST = "the socket or the allocation is gone"
    CONSENT_EXPIRED = "worked once, and answers no longer"


class Outcome(enum.Enum):
    """How far a generation has come."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class RemoteCandidate:
    """A candidate of the remote's.

    Attributes:
        type: As told, or peer-reflexive when it was learnt from a check.
        address: Where we send to; an mDNS name where it has not been resolved.
        priority: RFC 8445 §5.1.2.1.
        told: Whether it came through signaling; one that was learnt first and told later is told.
        at: When it was told, or learnt.
    """

    type: CandidateType
    address: Address
    priority: int
    told: bool
    at: float


@dataclass(frozen=True, slots=True)
class PairReport:
    """One candidate pair.

    Attributes:
        id: Unique and the same for the life of the pair.
        local: The local candidate whose base the checks are sent from.
        remote: The remote candidate.
        state: Where its checks are.
        priority: RFC 8445 §6.1.2.3.
        nominated: Whether either side has nominated it.
        created_at: When the pair was formed.
        first_request_at: When its first check was sent, or `None`.
        last_request_at: When the latest was.
        requests_sent: Checks sent, those sent again and those for consent among them.
        responses_received: Answers to them.
        requests_received: Checks that came in on it.
        responses_sent: Our answers to them.
        consent_requests_sent: Those of `requests_sent` that asked for consent (RFC 7675).
        succeeded_at: When a check succeeded first, or `None`.
        failed_at: When it failed, or `None`.
        failure: Why, or `None`.
        detail: The failure in words, such as an error code and its reason.
        seen_as: The addresses at which the remote saw us, in the order in which it told them.
        round_trip: Seconds, of the latest answer, or `None`.
        total_round_trip: The sum over all answers, seconds.
        packets_sent: Of data, without checks.
        packets_received: Of data.
        bytes_sent: Of data, without headers.
        bytes_received: Of data.
    """

    id: str
    local: GatheredCandidate
    remote: RemoteCandidate
    state: PairState
    priority: int
    nominated: bool
    created_at: float
    first_request_at: float | None = None
    last_request_at: float | None = None
    requests_sent: int = 0
    responses_received: int = 0
    requests_received: int = 0
    responses_sent: int = 0
    consent_requests_sent: int = 0
    succeeded_at: float | None = None
    failed_at: float | None = None
    failure: CheckFailure | None = None
    detail: str = ""
    seen_as: tuple[Address, ...] = ()
    round_trip: float | None = None
    total_round_trip: float = 0.0
    packets_sent: int = 0
    packets_received: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """A pair became the selected one.

    Attributes:
        pair: Its id.
        at: When.
        reason: In words: nominated here, nominated by the remote, better pair, restart.
    """

    pair: str
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class GenerationReport:
    """ICE from one pair of credentials to the next (RFC 8445 §2.4's restart).

    Attributes:
        number: 0 for the first.
        role: This side's role, at the moment.
        started_at: When gathering began.
        gathered_at: When it ended, or `None`.
        checking_at: When the first pair could be checked, or `None`.
        ended_at: When the outcome was known, or `None`.
        outcome: How far it has come.
        local_ufrag: This side's user name fragment.
        remote_ufrag: The remote's, or `None` before its description came.
        candidates: The local candidates, as gathered.
        failures: The servers that gave none.
        remote_candidates: The remote's, as they came.
        remote_ended: Whether the remote has told the end of its candidates.
        pairs: All pairs, also those no longer checked, the best first.
        selections: Each change of the selected pair.
        refused: Checks that came with wrong credentials.
    """

    number: int
    role: IceRole
    started_at: float
    gathered_at: float | None
    checking_at: float | None
    ended_at: float | None
    outcome: Outcome
    local_ufrag: str
    remote_ufrag: str | None
    candidates: tuple[GatheredCandidate, ...]
    failures: tuple[ServerFailure, ...]
    remote_candidates: tuple[RemoteCandidate, ...]
    remote_ended: bool
    pairs: tuple[PairReport, ...]
    selections: tuple[Selection, ...] = ()
    refused: int = 0

    @property
    def selected(self) -> PairReport | None:
        """The pair selected last, or `None`."""
        if not self.selections:
            return None
        wanted = self.selections[-1].pair
        return next((pair for pair in self.pairs if pair.id == wanted), None)


@dataclass(frozen=True, slots=True)
class IceReport:
    """The whole story of one transport.

    Attributes:
        taken_at: When this picture was taken.
        states: Each change of state with its time, the latest last.
        generations: The first set-up and each restart, in order.
        began: When the peer connection was made, seconds since 1970, or `None` for unknown.
    """

    taken_at: float
    states: tuple[tuple[float, IceState], ...]
    generations: tuple[GenerationReport, ...]
    began: float | None = None

    @property
    def state(self) -> IceState:
        """The latest state."""
        return self.states[-1][1] if self.states else IceState.NEW
