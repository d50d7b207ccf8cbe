"""A session with each other member of a room, up to eight members; they come and go as they like.

The sessions know nothing of each other: one that fails disturbs no other. What they share is the
place in the room, and the watch over this machine's addresses.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiortc
from aiortc.contrib.media import MediaRelay

import signaling
from peer import signals
from peer.attempts import Attempts, starts_anew
from peer.call import Call
from peer.channel import Message
from peer.configuration import Configuration
from peer.errors import ChannelClosedError, RoomFullError
from peer.happenings import EndKind, SignalingChanged
from peer.localaddresses import local_addresses
from peer.outcome import Outcome, tell_outcomes
from peer.rendezvous import Rendezvous
from peer.roomevents import (
    MemberBack,
    MemberCame,
    MemberLeft,
    MemberReachable,
    RoomEvent,
    ServersRenewed,
    SignalCame,
    SignalingBack,
    SignalingLost,
    SignalingOver,
    SignalLost,
)
from peer.roomhappenings import MemberTurnedAway, RoomHappening, SessionAdded, SessionRemoved
from peer.roster import Member
from peer.session import Session
from peer.states import SessionState
from peer.streams import Broadcast, Stream

logger = logging.getLogger(__name__)

#: Members of a mesh, ourselves among them: each sends everything to each.
MAX_MEMBERS = 8
#: Seconds between two looks at this machine's addresses.
WATCH_INTERVAL = 0.5
_MAX_TURNED_AWAY = 32
_FULL = f"the room is full: it has {MAX_MEMBERS} members"
_DELIBERATE = frozenset({signaling.LeaveReason.LEFT, signaling.LeaveReason.BYE})


@asynccontextmanager
async def join(
    where: str | signaling.Client,
    room: str,
    configuration: Configuration | None = None,
    *,
    name: str | None = None,
    key: str | None = None,
    meta: Mapping[str, Any] | None = None,
    equip: Callable[[Session], None] | None = None,
) -> AsyncIterator["Room"]:
    """Be in a room, with a session to each other member, for as long as the context lasts.

    Args:
        where: The signaling server's address, or a connected client, which is the caller's to keep.
        room: The room.
        configuration: Servers, policy, addresses and deadlines, of each session.
        name: The name to bear there, when `where` is an address.
        key: What is shown to be let in.
        meta: What the other members are told, when `where` is an address.
        equip: Called with each session before it begins: tracks that are added then are in its first offer.

    Raises:
        RoomFullError: Eight are there already.
        signaling.SignalingError: The room cannot be joined.
        ConfigurationError: A server that signaling names makes no sense.
    """
    place = Room(
        where, room, configuration or Configuration(), name=name, key=key, meta=meta, equip=equip
    )
    await place.enter()
    try:
        yield place
    finally:
        await place.close()


class Room:
    """A room, and the sessions with those who are in it. `join` makes, enters and leaves one.

    Args:
        where: The signaling server's address, or a connected client.
        room: The room's name.
        configuration: Of each session.
        name: The name to bear there.
        limit: Sessions at most.
        full: What a member is told for which there is no place.
        key: What is shown to be let in.
        meta: What the other members are told, when `where` is an address.
        equip: Called with each session before it begins.
    """

    def __init__(
        self,
        where: str | signaling.Client,
        room: str,
        configuration: Configuration,
        *,
        name: str | None = None,
        limit: int = MAX_MEMBERS - 1,
        full: str = _FULL,
        key: str | None = None,
        meta: Mapping[str, Any] | None = None,
        equip: Callable[[Session], None] | None = None,
    ) -> None:
        self.name = room
        self._equip = equip
        self._configuration = configuration
        self._limit = limit
        self._full = full
        most = MAX_MEMBERS if limit > 1 else None
        self._rendezvous = Rendezvous(
            where,
            room,
            self._hear,
            name=name,
            key=key,
            meta=meta,
            most=most,
            ssl=configuration.signaling_tls,
        )
        self._calls: dict[str, tuple[Call, Session]] = {}
        self._expected: tuple[Call, Session] | None = None
        self._turned_away: set[str] = set()
        self._attempts = Attempts()
        self._happenings: Broadcast[RoomHappening] = Broadcast()
        self._sent_tracks: list[aiortc.MediaStreamTrack] = []
        self._relay = MediaRelay()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    # What an application asks

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that go on, in the order in which the members came."""
        return tuple(session for _, session in self._calls.values())

    def events(self) -> Stream[RoomHappening]:
        """Iterate over what happens from now on; sessions that are there already come first."""
        stream = self._happenings.open()
        for session in self.sessions:
            stream.put(SessionAdded(session))
        return stream

    async def broadcast(self, message: Message) -> int:
        """Send a message to everybody who is connected; how many it was sent to.

        It returns when the slowest has taken it; whoever is lost meanwhile delays nobody for long.
        """
        connected = [s for s in self.sessions if s.state is SessionState.CONNECTED]
        results = await asyncio.gather(*(_send(session, message) for session in connected))
        return sum(results)

    def add_track(self, track: aiortc.MediaStreamTrack) -> None:
        """Send a track to everybody, those who are to come among them."""
        self._sent_tracks.append(track)
        for call in self._all_calls():  # also the one that waits for the first member
            call.add_track(self._relay.subscribe(track))

    async def close(self) -> None:
        """Say goodbye to everybody and leave; bounded in time."""
        self._closing = True
        async with asyncio.TaskGroup() as group:
            for call in self._all_calls():
                group.create_task(call.close())
            group.create_task(self.leave())

    # Coming and leaving

    def expect(self) -> Session:
        """The session that the first member we meet will get."""
        self._expected = self._new_session()
        return self._expected[1]

    async def enter(self) -> None:
        """Connect and enter the room; what goes wrong leaves nothing behind.

        A session is prepared meanwhile: whoever comes second has an offer at hand then.
        """
        try:
            await self._rendezvous.connect()
            call, _ = self._expected = self._expected or self._new_session()
            call.prepare()
            await self._join()
            call.joined()
            if self._expected is not None:
                call.discard()
        except BaseException:
            await self.close()
            raise
        self._spawn(self._watch())

    async def _join(self) -> None:
        try:
            await self._rendezvous.join()
        except signaling.RefusedError as error:
            if error.code != signaling.ErrorCode.ROOM_FULL:
                raise
            raise RoomFullError(f"{self.name!r} is full") from error
        if len(self._rendezvous.present) > self._limit > 1:
            raise RoomFullError(f"{self.name!r} has {self._limit + 1} members already")

    async def leave(self) -> None:
        """Leave the room and stop watching."""
        for task in self._tasks:
            task.cancel()
        await self._rendezvous.close()
        self._happenings.end()

    # What signaling tells

    def _hear(self, event: RoomEvent) -> None:
        match event:
            case MemberCame(member, newcomer):
                self._came(member, newcomer=newcomer)
            case SignalCame(member, signal):
                self._receive(member, signal)
            case MemberBack(member):
                self._back(member)
            case MemberLeft(member, reason):
                self._gone(member, reason)
            case MemberReachable(member, reachable):
                self._reach(member, reachable=reachable)
            case ServersRenewed():
                self._renew_servers()
            case SignalLost(member):
                logger.info("a signal to %r in %r was not delivered", member.name, self.name)
            case SignalingLost() | SignalingBack() | SignalingOver():
                self._signaling(event)

    def _came(self, member: Member, *, newcomer: bool) -> None:
        if self._closing:
            return
        if len(self._calls) >= self._limit:
            self._happenings.put(MemberTurnedAway(member.name, self._full))
            return
        call, session = self._expected or self._new_session()
        self._expected = None
        self._calls[member.key] = (call, session)
        call.remote_meta = member.meta
        call.meet(
            member.name,
            lambda kind, data, attempt: self._rendezvous.send(member, kind, data, attempt),
            newcomer=newcomer,
        )
        self._happenings.put(SessionAdded(session))
        self._report_outcomes(member.name, call, session)
        self._spawn(self._until_ended(member, call, session))

    def _back(self, member: Member) -> None:
        if member.key in self._calls:
            self._calls[member.key][0].signaling_back()
        else:
            self._came(member, newcomer=member.polite)

    def _receive(self, member: Member, signal: signaling.SignalReceived) -> None:
        call, _ = self._calls.get(member.key, (None, None))
        has_place = 1 < self._limit > len(self._calls)  # a room of one session has had it
        if call is not None and starts_anew(member, signal, call.attempt):
            call.remote_left("the other side has started anew")
            call = self._begin_anew(member)
        elif call is None and has_place and self._attempts.may_begin(signal):
            call = self._begin_anew(member)
        if call is not None:
            call.receive(signal)
        elif signal.kind is signaling.SignalKind.OFFER:
            self._turn_away(member, signal.pc)

    def _begin_anew(self, member: Member) -> Call | None:
        """A member that offers again is like a newcomer; `None` while we are leaving."""
        self._calls.pop(member.key, None)
        self._came(member, newcomer=True)
        return self._calls.get(member.key, (None, None))[0]

    def _turn_away(self, member: Member, attempt: str | None) -> None:
        """Spare a member that offers the wait: there is no place for it."""
        if member.key in self._turned_away or len(self._turned_away) >= _MAX_TURNED_AWAY:
            return
        self._turned_away.add(member.key)
        reason = self._full if len(self._calls) >= self._limit else "the session is over"
        logger.warning("in %r: offer from %r: %s", self.name, member.name, reason)
        self._rendezvous.send(member, signaling.SignalKind.BYE, signals.Goodbye(reason), attempt)

    def _gone(self, member: Member, reason: signaling.LeaveReason) -> None:
        self._turned_away.discard(member.key)
        if member.key in self._calls:
            call, _ = self._calls[member.key]
            call.member_left(reason)
            if self._limit > 1 and reason in _DELIBERATE:
                call.remote_left("the other member left the room")

    def _reach(self, member: Member, *, reachable: bool) -> None:
        if member.key in self._calls:
            self._calls[member.key][0].reach(reachable=reachable)

    def _renew_servers(self) -> None:
        for call in self._all_calls():
            call.servers_renewed()

    def _signaling(self, event: SignalingLost | SignalingBack | SignalingOver) -> None:
        self._happenings.put(SignalingChanged(isinstance(event, SignalingBack)))
        if isinstance(event, SignalingOver):
            self._happenings.put(event)
        for call in self._all_calls():
            match event:
                case SignalingLost():
                    call.reach(reachable=False)
                case SignalingBack(resumed=True):
                    call.reach(reachable=True)
                case SignalingOver(reason):
                    call.signaling_over(reason)
                case _:
                    pass  # who is there is told one by one

    # Within

    def _all_calls(self) -> list[Call]:
        expected = [] if self._expected is None else [self._expected]
        return [call for call, _ in (*self._calls.values(), *expected)]

    def _new_session(self) -> tuple[Call, Session]:
        call = Call(
            self._configuration,
            self._with_servers,
            self.leave if self._limit == 1 else None,
            self._rendezvous.probe,
        )
        for track in self._sent_tracks:
            call.add_track(self._relay.subscribe(track))
        session = Session(call)
        if self._equip is not None:
            self._equip(session)
        return call, session

    def _with_servers(self) -> Configuration:
        """The configuration, with the servers that signaling names at the moment."""
        return self._configuration.with_signaled(self._rendezvous.servers)

    def _report_outcomes(self, remote: str, call: Call, session: Session) -> None:
        def known() -> Outcome:
            return Outcome.of(
                session.attempt, session.timeline, session.path, session.report(), session.end
            )

        tell_outcomes(call.life, lambda: self._rendezvous.report(remote, known()))

    async def _until_ended(self, member: Member, call: Call, session: Session) -> None:
        end = await asyncio.shield(call.life.ended)
        self._attempts.end(call.attempt)
        self._happenings.put(SessionRemoved(session, end))
        if self._limit > 1:
            if self._calls.get(member.key, (None, None))[1] is session:
                del self._calls[member.key]
                if end.kind is not EndKind.FAILED:
                    self._rendezvous.forget(member)
            await session.close()

    async def _watch(self) -> None:
        """Look whether this machine's addresses have changed, and see to it that all goes on."""
        before = local_addresses(self._configuration)
        while True:
            await asyncio.sleep(WATCH_INTERVAL)
            now = local_addresses(self._configuration)
            if now != before:
                before = now
                self._rendezvous.network_changed([address.host for address in now])
                for call in self._all_calls():
                    call.network_changed()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _send(session: Session, message: Message) -> bool:
    with contextlib.suppress(ChannelClosedError, ConnectionError):
        channel = await session.connected()
        await channel.send(message)
        return True
    return False
