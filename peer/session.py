"""A session with one other member of a room: signaling on one side, an engine on the other.

The offer leaves before gathering ends; each candidate follows as it comes, in one queue behind the
description, so that the other side never sees a candidate before what it belongs to.
"""

import asyncio
import contextlib
import dataclasses
import logging
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import signaling
from peer import signals
from peer.candidates import GatheredCandidate, ServerFailure
from peer.channel import Channel
from peer.configuration import Configuration
from peer.engine import (
    AiortcEngine,
    CandidateFound,
    ChannelOpened,
    ConnectionBroken,
    ConnectionClosed,
    DtlsConnected,
    EngineEvent,
    GatheringEnded,
    IceCompleted,
    IceFailed,
    IceStarted,
    ServerFailed,
)
from peer.errors import RemoteError, SessionFailedError
from peer.outbox import Outbox
from peer.path import Path, no_path
from peer.servers import parse_servers
from peer.states import OVER, SessionEvent, SessionState, after
from peer.timeline import Step, Timeline

logger = logging.getLogger(__name__)

_LABEL = "hairpin"
_GOODBYE_DEADLINE = 0.5
_DESCRIPTIONS = frozenset({signaling.SignalKind.OFFER, signaling.SignalKind.ANSWER})
_STEPS: dict[type[EngineEvent], Step] = {
    GatheringEnded: Step.GATHERING_ENDED,
    IceStarted: Step.ICE_STARTED,
    IceCompleted: Step.ICE_COMPLETED,
    DtlsConnected: Step.DTLS_CONNECTED,
}


@asynccontextmanager
async def meet(
    client: signaling.Client, room: str, configuration: Configuration | None = None
) -> AsyncIterator["Session"]:
    """Join a room and connect to the first other member, whoever came earlier.

    The newcomer offers. Leaving the context closes the connection and leaves the room.

    Raises:
        signaling.SignalingError: The room cannot be joined.
        ConfigurationError: A server that signaling names makes no sense.
    """
    async with Session(client, room, configuration or Configuration()) as session:
        yield session


class Session:
    """One connection to one other member. Use `meet`, which makes, starts and ends it.

    Args:
        client: A connected signaling client whose events this session consumes.
        room: The room to join.
        configuration: Servers, policy, addresses and deadlines.
    """

    def __init__(self, client: signaling.Client, room: str, configuration: Configuration) -> None:
        self._client = client
        self._room = room
        self._configuration = configuration
        self._loop = asyncio.get_running_loop()
        self._engine: AiortcEngine | None = None
        self._attempt: str | None = None
        self._outbox = Outbox(client, room)
        self._tasks: list[asyncio.Task[None]] = []
        self._opened: asyncio.Future[Channel] = self._loop.create_future()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._candidates: list[GatheredCandidate] = []
        self._failures: list[ServerFailure] = []
        self._path: Path | None = None
        #: When each step was taken.
        self.timeline = Timeline(self._loop.time())
        #: Where the session is.
        self.state = SessionState.WAITING
        #: The other member, once there is one.
        self.remote: str | None = None
        #: Candidates received from the other member.
        self.remote_candidates: list[str] = []

    async def __aenter__(self) -> Self:
        servers = parse_servers(self._client.welcome.ice)
        if not self._configuration.use_signaled_servers:
            servers = ()
        self._engine = AiortcEngine(
            self._configuration, self._configuration.servers + servers, self._engine_event
        )
        try:
            joined = await self._client.join(self._room)
        except signaling.RefusedError:
            await self._engine.close()
            raise
        except BaseException:
            # Cancelled, or no answer in time: the server may have let us in all the same.
            await self._leave_and_close(goodbye=False)
            raise
        self._mark(Step.JOINED)
        self._spawn(self._receive_events())
        self._spawn(self._outbox.run())
        if joined.peers:
            self.timeline.mark(Step.STARTED, self.timeline.origin)
            self._meet(joined.peers[0].peer)
            self._attempt = secrets.token_hex(4)
            self._spawn(self._offer(self._engine))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def candidates(self) -> tuple[GatheredCandidate, ...]:
        """The local candidates, in the order in which they were gathered."""
        return tuple(self._candidates)

    @property
    def failures(self) -> tuple[ServerFailure, ...]:
        """The servers that gave no candidate, and why."""
        return tuple(self._failures)

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None` before one is selected. It stays readable after closing."""
        if self._engine is not None:
            self._path = self._engine.path or self._path
        return self._path

    async def connected(self) -> Channel:
        """Wait for the open data channel.

        Raises:
            SessionFailedError: It will not open; the message says why.
        """
        return await asyncio.shield(self._opened)

    async def ended(self) -> str:
        """Wait for the end of the session.

        Returns:
            Why it ended, in words.
        """
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Say goodbye, close the connection, leave the room; bounded in time."""
        if self.state is SessionState.CLOSED:
            return
        goodbye = self.state not in OVER
        self._finish(SessionEvent.CLOSED, "closed here")
        self._path = self.path
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._leave_and_close(goodbye=goodbye)

    async def _leave_and_close(self, *, goodbye: bool) -> None:
        assert self._engine is not None
        # What is said to us until we have left must not be there for the next session.
        discarding = asyncio.create_task(self._discard_events())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_leave(goodbye=goodbye))
                group.create_task(self._engine.close())
        finally:
            discarding.cancel()

    async def _discard_events(self) -> None:
        with contextlib.suppress(signaling.SignalingError):
            async for _ in self._client.events():
                pass

    # What the engine reports

    def _engine_event(self, event: EngineEvent) -> None:
        if (step := _STEPS.get(type(event))) is not None:
            self._mark(step)
        match event:
            case CandidateFound():
                self._candidate_found(event)
            case ServerFailed(failure):
                self._failures.append(dataclasses.replace(failure, at=self._elapsed()))
            case GatheringEnded():
                self._send(signaling.SignalKind.CANDIDATES, [])
                if not self._candidates:
                    self._fail(no_path(self.candidates, self.failures, len(self.remote_candidates)))
            case ChannelOpened(channel):
                self._channel_opened(channel)
            case IceFailed():
                self._fail(no_path(self.candidates, self.failures, len(self.remote_candidates)))
            case ConnectionClosed():
                self._left("the other side closed the connection")
            case ConnectionBroken():
                self._fail("the connection broke: the other side no longer answers")
            case _:
                pass

    def _candidate_found(self, event: CandidateFound) -> None:
        candidate = dataclasses.replace(event.candidate, at=self._elapsed())
        self._candidates.append(candidate)
        if candidate.told:
            init = signals.CandidateInit(
                candidate.line, sdp_mid=event.sdp_mid, sdp_m_line_index=event.sdp_m_line_index
            )
            self._send(signaling.SignalKind.CANDIDATES, [init])

    def _channel_opened(self, channel: Channel) -> None:
        if self.state is not SessionState.CONNECTING:
            channel.close()  # a further one: nobody would read what the remote sends on it
            return
        self._mark(Step.CHANNEL_OPEN)
        self.state = after(self.state, SessionEvent.OPENED)
        self._stop_timer()
        self._opened.set_result(channel)

    # What signaling brings

    async def _receive_events(self) -> None:
        async for event in self._client.events():
            match event:
                case signaling.PeerJoined() if event.room == self._room and self.remote is None:
                    self.timeline.mark(Step.STARTED, self._loop.time())
                    self._meet(event.peer)
                case signaling.PeerLeft() if self._is_remote(event.room, event.peer):
                    self._lost_while_connecting("the other member left the room")
                case signaling.SignalReceived() if self._is_remote(event.room, event.sender):
                    await self._signal(event)
                case signaling.SignalReceived() if event.room == self._room:
                    self._outbox.refuse(event)
                case signaling.Undelivered() if self._is_remote(event.room, event.to):
                    self._lost_while_connecting(f"a signal was not delivered: {event.reason.value}")
                case _:
                    pass
        self._lost_while_connecting("the signaling connection closed")

    async def _signal(self, event: signaling.SignalReceived) -> None:
        """Take in one signal; what cannot be used is answered, not fatal to anything else."""
        assert self._engine is not None
        try:
            await self._take_signal(self._engine, event)
        except RemoteError as error:
            self._outbox.complain(event, error)
            described = self.timeline.at(Step.DESCRIPTION_APPLIED) is not None
            if event.kind in _DESCRIPTIONS and event.pc == self._attempt and not described:
                self._fail(str(error))  # a description beside the one in use takes nothing away

    async def _take_signal(self, engine: AiortcEngine, event: signaling.SignalReceived) -> None:
        if event.kind is signaling.SignalKind.OFFER:
            await self._take_offer(engine, event)
        elif self._attempt is None or event.pc != self._attempt:
            return  # late, from an attempt that is over
        elif event.kind is signaling.SignalKind.ANSWER:
            await engine.accept_answer(signals.decode_description(event.data).sdp)
            self._mark(Step.DESCRIPTION_APPLIED)
        elif event.kind is signaling.SignalKind.CANDIDATES:
            await self._take_candidates(engine, event.data)
        elif event.kind is signaling.SignalKind.BYE:
            reason = signals.printable(signals.decode_goodbye(event.data).reason)
            self._left(f"the other side ended the session: {reason or 'no reason given'}")
        elif (complaint := signals.decode_complaint(event.data)) is not None:
            self._complained(complaint)

    async def _take_offer(self, engine: AiortcEngine, event: signaling.SignalReceived) -> None:
        if self._attempt is not None:
            raise RemoteError("this session already has an offer")
        if event.pc is None:
            raise RemoteError("an offer needs the id of its attempt, pc")
        self._attempt = event.pc
        answer = await engine.accept_offer(signals.decode_description(event.data).sdp)
        self._mark(Step.DESCRIPTION_APPLIED)
        self._describe(signaling.SignalKind.ANSWER, answer)

    async def _take_candidates(self, engine: AiortcEngine, data: object) -> None:
        candidates = signals.decode_candidates(data)
        if not candidates:
            await engine.end_candidates()
        refused = None
        for init in candidates:
            try:
                await engine.add_candidate(init.candidate, init.sdp_mid, init.sdp_m_line_index)
                self.remote_candidates.append(init.candidate)
            except RemoteError as error:
                refused = error  # the ones behind it may be good
        if refused is not None:
            raise refused

    def _complained(self, complaint: signals.Complaint) -> None:
        logger.warning("session in %r: the remote says %s", self._room, complaint)
        if complaint.name in {"bad_offer", "bad_answer"}:
            self._lost_while_connecting(f"the other side refused our {complaint}")

    # What goes out

    async def _offer(self, engine: AiortcEngine) -> None:
        self._describe(signaling.SignalKind.OFFER, await engine.create_offer(_LABEL))

    def _describe(self, kind: signaling.SignalKind, sdp: str) -> None:
        self._send(kind, signals.Description(sdp))
        self._mark(Step.DESCRIPTION_SENT)

    def _send(self, kind: signaling.SignalKind, data: Any) -> None:
        assert self.remote is not None
        self._outbox.put(self.remote, kind, data, self._attempt)

    async def _take_leave(self, *, goodbye: bool) -> None:
        with contextlib.suppress(TimeoutError, signaling.SignalingError, OSError):
            async with asyncio.timeout(_GOODBYE_DEADLINE):
                if goodbye and self.remote is not None and self._attempt is not None:
                    bye = signals.encode(signals.Goodbye("closed"))
                    kind = signaling.SignalKind.BYE
                    await self._client.signal(self._room, self.remote, kind, bye, pc=self._attempt)
                await self._client.leave(self._room)

    # States

    def _meet(self, remote: str) -> None:
        self.remote = remote
        self.state = after(self.state, SessionEvent.MET)
        deadline = self._configuration.meeting_deadline
        if deadline is not None:
            text = f"no connection within {deadline:g} s"
            self._timer = self._loop.call_later(deadline, self._fail, text)

    def _is_remote(self, room: str, member: str) -> bool:
        return room == self._room and member == self.remote

    def _lost_while_connecting(self, reason: str) -> None:
        """A connection that is up outlives its signaling; one that is not, does not."""
        if self.state is not SessionState.CONNECTED:
            self._fail(reason)

    def _left(self, reason: str) -> None:
        if self.state not in OVER:
            self._finish(SessionEvent.LEFT, reason)

    def _fail(self, reason: str) -> None:
        if self.state not in OVER:
            self._finish(SessionEvent.BROKE, reason)

    def _finish(self, event: SessionEvent, reason: str) -> None:
        self.state = after(self.state, event)
        self._stop_timer()
        if not self._ended.done():
            self._ended.set_result(reason)
        if not self._opened.done():
            self._opened.set_exception(SessionFailedError(reason))
            self._opened.exception()  # whoever does not wait for it has not forgotten it

    def _mark(self, step: Step) -> None:
        self.timeline.mark(step, self._loop.time())

    def _elapsed(self) -> float:
        return self._loop.time() - self.timeline.origin

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work)))

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        """Nothing that goes wrong in the background is lost: it ends the session."""
        try:
            await work
        except (signaling.SignalingError, RemoteError, OSError) as error:
            self._lost_while_connecting(str(error))
        except Exception as error:
            logger.exception("session in %r failed", self._room)
            self._fail(f"internal error: {error!r}")
