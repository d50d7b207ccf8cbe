"""What an engine reports while a connection comes up, lives and ends."""

from dataclasses import dataclass

from peer.candidates import GatheredCandidate, ServerFailure
from peer.channel import Channel


@dataclass(frozen=True, slots=True)
class CandidateFound:
    """A local candidate was gathered."""

    candidate: GatheredCandidate
    sdp_mid: str
    sdp_m_line_index: int


@dataclass(frozen=True, slots=True)
class ServerFailed:
    """A STUN or TURN server gave no candidate."""

    failure: ServerFailure


@dataclass(frozen=True, slots=True)
class GatheringEnded:
    """No further local candidate will come (RFC 8838 §13)."""


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
