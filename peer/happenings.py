"""What a session tells its application, each thing as a value."""

import enum
from dataclasses import dataclass

import aiortc

from peer.channel import Channel
from peer.path import Path
from peer.restarts import Reason
from peer.states import SessionState


class EndKind(enum.Enum):
    """Whose doing the end of a session was."""

    CLOSED = "closed here"
    LEFT = "the other side left"
    LOST = "the network was lost"
    FAILED = "no connection came about"


@dataclass(frozen=True, slots=True)
class End:
    """How a session ended."""

    kind: EndKind
    reason: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The session is in another state."""

    state: SessionState


@dataclass(frozen=True, slots=True)
class PathChanged:
    """Data takes this path from now on."""

    path: Path


@dataclass(frozen=True, slots=True)
class ChannelCame:
    """The other side has opened a channel; it is among `Session.channels()` too."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class TrackCame:
    """The other side sends a track; it is among `Session.tracks()` too."""

    track: aiortc.MediaStreamTrack


@dataclass(frozen=True, slots=True)
class Restarted:
    """ICE is being restarted; `reason` is `None` where the other side has begun it."""

    reason: Reason | None


@dataclass(frozen=True, slots=True)
class SignalingChanged:
    """Signaling reaches the other side, or no longer does; a call that is up goes on."""

    up: bool


@dataclass(frozen=True, slots=True)
class ProblemTold:
    """The other side said what could not be used; the session goes on."""

    reason: str


Happening = (
    StateChanged
    | PathChanged
    | ChannelCame
    | TrackCame
    | Restarted
    | SignalingChanged
    | ProblemTold
)
