"""What an engine reports while a connection comes up, lives and ends."""

from dataclasses import dataclass

from peer.candidates import GatheredCandidate, ServerFailure
from peer.channel import Channel
from peer.path import Path
from peer.report import IceState


@dataclass(frozen=True, slots=True)
class CandidateFound:
    """A local candidate was gathered, for the generation with this user name fragment."""

    candidate: GatheredCandidate
    ufrag: str = ""
    sdp_mid: str = "0"
    sdp_m_line_index: int = 0


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


@dataclass(frozen=True, slots=True)
class IceStarted:
    """Connectivity checks begin."""


@dataclass(frozen=True, slots=True)
class IceCompleted:
    """A pair was selected."""


@dataclass(frozen=True, slots=True)
class IceFailed:
    """No pair works."""


@dataclass(frozen=True, slots=True)
class DtlsConnected:
    """The DTLS handshake is done and the remote's certificate is the one it described."""


@dataclass(frozen=True, slots=True)
class ChannelOpened:
    """A data channel can be used."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The other side has closed the connection."""


@dataclass(frozen=True, slots=True)
class ConnectionBroken:
    """The connection is over by a fault: the other side is silent, or not who it should be."""


EngineEvent = (
    CandidateFound
    | ServerFailed
    | GatheringEnded
    | IceStarted
    | IceCompleted
    | IceFailed
    | DtlsConnected
    | ChannelOpened
    | ConnectionClosed
    | ConnectionBroken
)
