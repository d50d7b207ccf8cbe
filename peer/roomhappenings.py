"""What happens in a room, as its application is told: who has a session, and whether signaling works."""

from dataclasses import dataclass

from peer.happenings import End, SignalingChanged
from peer.roomevents import SignalingOver
from peer.session import Session


@dataclass(frozen=True, slots=True)
class SessionAdded:
    """There is a session with another member."""

    session: Session


@dataclass(frozen=True, slots=True)
class SessionRemoved:
    """A session has ended."""

    session: Session
    end: End


@dataclass(frozen=True, slots=True)
class MemberTurnedAway:
    """A member came for which there was no place."""

    name: str
    reason: str


RoomHappening = SessionAdded | SessionRemoved | MemberTurnedAway | SignalingChanged | SignalingOver
