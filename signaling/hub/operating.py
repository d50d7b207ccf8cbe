"""What an operator sees of a hub, and may change while it runs: its rooms, its sessions, its limits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from signaling.hub.state import HubState
from signaling.messages import GoAway, LeaveReason, MemberState
from signaling.orders import Exit, RoomSeen
from signaling.rooms import Room
from signaling.sessions import Session
from signaling.settings import Limits


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A session at some moment.

    Attributes:
        subject: Who it is, as its token says; empty for the anonymous.
        address: Of its connection; empty while it has none.
        client: The program, as it calls itself.
        sent: Messages that bear a number, so far.
        kept: Bytes that are kept until the client acknowledges them.
    """

    sid: str
    peer: str
    subject: str
    address: str
    client: str
    region: str
    state: MemberState
    rooms: tuple[str, ...]
    sent: int
    heard: int
    kept: int


class Operating:
    """A window into one hub, with the few levers that there are."""

    def __init__(self, state: HubState) -> None:
        self._state = state

    def rooms(self) -> list[RoomSeen]:
        """List the rooms that sessions of this node are in, by name, with the members of all nodes."""
        return [_see_room(room) for _, room in sorted(self._state.rooms.items())]

    def room(self, name: str) -> RoomSeen | None:
        """See one of them."""
        room = self._state.rooms.get(name)
        return None if room is None else _see_room(room)

    def sessions(self) -> Iterator[SessionSeen]:
        """List the sessions of this node by the name that they bear."""
        every = sorted(
            self._state.sessions.values(), key=lambda session: (session.peer, session.sid)
        )
        return map(_see_session, every)

    def change_limits(self, limits: Limits) -> None:
        """Go by other limits from the next message on; who is inside already stays."""
        state = self._state
        state.limits = limits
        state.settings = replace(state.settings, limits=limits)

    def say_go_away(self, notice: float, url: str | None, *, move: bool) -> None:
        """Announce that the server closes, with pauses that are spread evenly."""
        state = self._state
        state.is_draining = True
        spread = state.settings.reconnect_spread
        if move:
            spread = min(spread, notice / 2)
        connected = [each for each in state.connections.values() if each.session is not None]
        step = spread / max(1, len(connected))
        for index, connection in enumerate(connected):
            is_kept = connection.session is not None and connection.session.ring is not None
            leave = GoAway(
                deadline_ms=round(notice * 1000),
                after_ms=round(step * index * 1000),
                url=url,
                move=move and is_kept,
            )
            state.say(connection, leave)


def put_out(seen: RoomSeen, peer: str, reason: str, *, heir: bool) -> Exit | None:
    """Order a member out of a room in the operator's name; None if there is none of this name."""
    for member in seen.members:
        if member.peer == peer:
            kicked = LeaveReason.KICKED
            return Exit(seen.name, peer, member.sid, kicked, msg=reason, heir=heir)
    return None


def close_room(seen: RoomSeen, reason: str) -> list[Exit]:
    """Order all members out, those who came last first, so that nobody becomes host on the way."""
    return [
        Exit(seen.name, member.peer, member.sid, LeaveReason.CLOSED, msg=reason, heir=False)
        for member in reversed(seen.members)
    ]


def _see_room(room: Room) -> RoomSeen:
    members = sorted(room.members.values(), key=lambda member: (member.since, member.sid))
    return RoomSeen(room.name, tuple(members), room.terms, room.rev)


def _see_session(session: Session) -> SessionSeen:
    connection, ring = session.connection, session.ring
    return SessionSeen(
        sid=session.sid,
        peer=session.peer,
        subject=session.identity.subject,
        address="" if connection is None else connection.address,
        client=session.client,
        region=session.region,
        state=MemberState.GONE if connection is None else MemberState.HERE,
        rooms=tuple(session.rooms),
        sent=session.sent,
        heard=session.heard,
        kept=0 if ring is None else ring.size,
    )
