"""What happens in a room, as a `Rendezvous` tells it."""

from dataclasses import dataclass

import signaling
from peer.roster import Member


@dataclass(frozen=True, slots=True)
class MemberCame:
    """Somebody is there. A newcomer came after us, and offers; to others we are the newcomer."""

    member: Member
    newcomer: bool


@dataclass(frozen=True, slots=True)
class MemberBack:
    """Signals reach a member again that could not be reached; it, or we, had gone."""

    member: Member


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """A member is there no longer; `lost` ones may come back."""

    member: Member
    reason: signaling.LeaveReason


@dataclass(frozen=True, slots=True)
class MemberReachable:
    """A member's own signaling is lost (it may come back, and will miss nothing), or back again."""

    member: Member
    reachable: bool


@dataclass(frozen=True, slots=True)
class SignalCame:
    """A member said something."""

    member: Member
    signal: signaling.SignalReceived


@dataclass(frozen=True, slots=True)
class SignalLost:
    """A signal was not delivered."""

    member: Member
    reason: signaling.UndeliveredReason


@dataclass(frozen=True, slots=True)
class SignalingLost:
    """The connection to the server is lost; it is made again, and what is said meanwhile waits."""

    reason: str


@dataclass(frozen=True, slots=True)
class SignalingBack:
    """We are in the room again; if `resumed`, nothing was lost. Otherwise `MemberBack` tells who is there."""

    resumed: bool


@dataclass(frozen=True, slots=True)
class SignalingOver:
    """The connection to the server is gone for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class ServersRenewed:
    """The server has given fresh credentials for its relays."""


RoomEvent = (
    MemberCame
    | MemberBack
    | MemberLeft
    | MemberReachable
    | SignalCame
    | SignalLost
    | SignalingLost
    | SignalingBack
    | SignalingOver
    | ServersRenewed
)
