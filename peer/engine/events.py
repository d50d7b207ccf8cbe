"""What ICE reports while a connection comes up, lives and ends."""

from dataclasses import dataclass

from peer.candidates import GatheredCandidate, ServerFailure
from peer.path import Path
from peer.report import IceState


@dataclass(frozen=True, slots=True)
class CandidateFound:
    """A local candidate was gathered, for the generation with this user name fragment."""

    candidate: GatheredCandidate
    ufrag: str = ""


@dataclass(frozen=True, slots=True)
class ServerFailed:
    """A STUN or TURN server gave no candidate."""

    failure: ServerFailure
    ufrag: str = ""


@dataclass(frozen=True, slots=True)
class GatheringEnded:
    """No further local candidate of a generation will come (RFC 8838 §13)."""

    ufrag: str = ""


@dataclass(frozen=True, slots=True)
class IceStateChanged:
    """The transport has another state."""

    state: IceState


@dataclass(frozen=True, slots=True)
class PathChanged:
    """Data takes another path from now on."""

    path: Path


@dataclass(frozen=True, slots=True)
class RelayLost:
    """An allocation has died, or its server no longer answers."""

    server: str


@dataclass(frozen=True, slots=True)
class RestartFailed:
    """A restart has found no pair; the old generation goes on as it can."""

    ufrag: str


#: What the ICE part of a connection reports.
IceEvent = (
    CandidateFound
    | ServerFailed
    | GatheringEnded
    | IceStateChanged
    | PathChanged
    | RelayLost
    | RestartFailed
)
