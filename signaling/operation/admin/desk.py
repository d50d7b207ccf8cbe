"""Where the admin protocol is answered: a request as a line of bytes in, an answer as lines of bytes out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeVar, assert_never

from operating.messages import encode
from signaling.backplane import AllSeeing, Backplane
from signaling.counters import Counters
from signaling.faults import NodesError, OperatorError
from signaling.handshake import Condition
from signaling.hub.hub import Hub
from signaling.hub.operating import SessionSeen, close_room, put_out
from signaling.matchmaking.desk import Desk as QueueDesk
from signaling.messages import MemberState
from signaling.operation.admin.messages import (
    Answer,
    AskClose,
    AskDrain,
    AskKick,
    AskQueues,
    AskReload,
    AskRooms,
    AskSessions,
    AskStatus,
    Draining,
    MemberStatus,
    PutOut,
    Queues,
    QueueStatus,
    Refused,
    Reloaded,
    Request,
    Rooms,
    RoomStatus,
    Sessions,
    SessionStatus,
    Status,
    decode_request,
)
from signaling.orders import RoomSeen
from signaling.outputs import Output
from signaling.settings import Settings
from signaling.transports.accepting import Place
from signaling.transports.listener import place_name

_Thing = TypeVar("_Thing")

IN_A_LINE = 200
"""Rooms or sessions in one line of an answer."""


class Administered(Protocol):
    """What a server lets its operator see and do."""

    @property
    def settings(self) -> Settings:
        """What it goes by now."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it serves."""

    @property
    def hub(self) -> Hub:
        """Its core."""

    @property
    def backplane(self) -> Backplane:
        """What holds the rooms."""

    @property
    def desk(self) -> QueueDesk:
        """What holds the queues."""

    @property
    def counters(self) -> Counters:
        """What it counts."""

    def condition(self) -> Condition:
        """Say how it is."""

    def carry_out(self, outputs: list[Output]) -> None:
        """Do what is wanted."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What whoever runs the server does when asked.

    Args:
        drain: Sends the clients away and stops, after so many seconds at the latest; says how many.
        reload: Reads everything again, and names what needs a restart; raises OperatorError for what stays
            as it was.
    """

    drain: Callable[[float | None], float]
    reload: Callable[[], tuple[str, ...]]


class Desk:
    """Answers what is asked about one server.

    Args:
        process: Its number in the operating system.
        since: When it began to serve.
    """

    def __init__(self, server: Administered, orders: Orders, *, process: int, since: float) -> None:
        self._server = server
        self._orders = orders
        self._process = process
        self._since = since

    async def answer(self, line: bytes, now: float) -> Iterator[bytes]:
        """Answer one line."""
        request = decode_request(line)
        if isinstance(request, Refused):
            return iter((encode(request),))
        try:
            return map(encode, await self._carry_out(request, now))
        except (OperatorError, NodesError) as error:
            return iter((encode(Refused(why=str(error))),))

    async def _carry_out(self, request: Request, now: float) -> Iterable[Answer]:
        match request:
            case AskStatus():
                return (self._status(now),)
            case AskRooms(room=room):
                return _rooms(await self._seen(room))
            case AskSessions(peer=peer):
                return self._sessions(peer)
            case AskQueues():
                return (await self._queues(),)
            case AskKick(room=room, peer=peer, reason=reason):
                return (self._kick(await self._seen(room), room, peer, reason),)
            case AskClose(room=room, reason=reason):
                return (self._close(await self._seen(room), room, reason),)
            case AskDrain(seconds=seconds):
                sessions = self._server.hub.sessions
                return (Draining(sessions=sessions, seconds=self._orders.drain(seconds)),)
            case AskReload():
                return (Reloaded(unchanged=self._orders.reload()),)
            case unreachable:
                assert_never(unreachable)

    # --- to see ---------------------------------------------------------------------------------------

    def _status(self, now: float) -> Status:
        server, counters = self._server, self._server.counters
        hub, backplane = server.hub, server.backplane
        node = server.settings.node
        nodes = backplane.nodes | {node} if isinstance(backplane, AllSeeing) else ()
        seen = hub.operating.sessions()
        return Status(
            node=node,
            region=server.settings.region,
            process=self._process,
            uptime=now - self._since,
            draining=hub.is_draining,
            backplane_up=not server.condition().degraded,
            nodes=tuple(sorted(nodes)),
            listeners=tuple(map(_place, server.places)),
            sessions=hub.sessions,
            sessions_gone=sum(session.state is MemberState.GONE for session in seen),
            rooms=hub.rooms,
            kept_bytes=hub.ring_bytes,
            sessions_total=counters.sessions_opened,
            resumed_total=counters.sessions_resumed,
            joins_total=counters.joins,
            messages_total=counters.frames_received,
            delivered_total=counters.signals_delivered,
            undelivered_total=counters.signals_undelivered,
            errors={code.label: times for code, times in sorted(counters.errors.items())},
            closes={int(code): times for code, times in sorted(counters.closes.items())},
        )

    async def _seen(self, name: str | None) -> list[RoomSeen]:
        """See all rooms, or the one of this name if there is one."""
        backplane, here = self._server.backplane, self._server.hub.operating
        if name is None:
            return await backplane.rooms() if isinstance(backplane, AllSeeing) else here.rooms()
        room = await backplane.room(name) if isinstance(backplane, AllSeeing) else here.room(name)
        return [] if room is None else [room]

    def _sessions(self, peer: str | None) -> Iterator[Sessions]:
        seen = self._server.hub.operating.sessions()
        found = [_session(one) for one in seen if peer is None or one.peer == peer]
        for rest, page in _pages(found):
            yield Sessions(sessions=page, more=rest)

    async def _queues(self) -> Queues:
        seen = await self._server.desk.overview()
        return Queues(queues=tuple(QueueStatus(**asdict(one)) for one in seen))

    # --- to act ---------------------------------------------------------------------------------------

    def _kick(self, seen: list[RoomSeen], room: str, peer: str, reason: str) -> Answer:
        if not seen:
            return _no_room(room)
        order = put_out(seen[0], peer, reason, heir=self._server.settings.anonymous_hosts)
        if order is None:
            return Refused(why=f"no member of {room!r} is called {peer!r}")
        self._server.carry_out([order])
        return PutOut(room=room, peers=(peer,))

    def _close(self, seen: list[RoomSeen], room: str, reason: str) -> Answer:
        if not seen:
            return _no_room(room)
        self._server.carry_out([*close_room(seen[0], reason)])
        return PutOut(room=room, peers=tuple(member.peer for member in seen[0].members))


def _no_room(room: str) -> Refused:
    return Refused(why=f"there is no room {room!r}")


def _rooms(seen: list[RoomSeen]) -> Iterator[Rooms]:
    for rest, page in _pages([_room(one) for one in seen]):
        yield Rooms(rooms=page, more=rest)


def _pages(things: list[_Thing]) -> Iterator[tuple[bool, tuple[_Thing, ...]]]:
    """Give some things at a time, and say whether there are more; once even where there is none."""
    for start in range(0, max(1, len(things)), IN_A_LINE):
        end = start + IN_A_LINE
        yield end < len(things), tuple(things[start:end])


def _room(seen: RoomSeen) -> RoomStatus:
    terms = seen.terms
    return RoomStatus(
        room=seen.name,
        topology=terms.topology.value,
        locked=terms.locked,
        keyed=bool(terms.key),
        max=terms.max,
        members=tuple(
            MemberStatus(
                peer=member.peer,
                sid=member.sid,
                node=member.node,
                state=member.state.value,
                role=member.role.value,
                subject=member.subject,
            )
            for member in seen.members
        ),
    )


def _session(seen: SessionSeen) -> SessionStatus:
    return SessionStatus(**asdict(seen) | {"state": seen.state.value})


def _place(place: Place) -> str:
    return str(place) if isinstance(place, Path) else place_name(place)
