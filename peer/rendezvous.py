"""A place in a room that is kept: the client's connection comes back by itself, and we know who is who.

What is put in while signaling is away waits; if the server still knows us when it is back, nothing was
lost, and nobody needs to do anything. If it does not, what waits is dropped: whoever talks through it
says again what matters when the other is there again, which `MemberBack` tells.
"""

import asyncio
import collections
import contextlib
import dataclasses
import logging
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import signaling
from peer import signals
from peer.backoff import SIGNALING_PAUSES, pause
from peer.outcome import Outcome
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
from peer.roster import Member, News, Roster, with_instance

logger = logging.getLogger(__name__)

MAX_WAITING = 1024
#: Of the rate that the server allows we take this much, since its clock is not ours.
_SHARE = 0.8
_NAME_LENGTH = 56
_GOODBYE_DEADLINE = 0.5
_CODE = signaling.ErrorCode
_IN_THE_WAY = frozenset({_CODE.CONFLICT, _CODE.ROOM_FULL, _CODE.ROOM_LOCKED, _CODE.RATE_LIMITED})
_REFUSALS_FOR_GOOD = frozenset({_CODE.UNAUTHORIZED, _CODE.FORBIDDEN, _CODE.VERSION, _CODE.EXPIRED})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signal that waits to be sent."""

    member: Member
    kind: signaling.SignalKind
    data: Any
    attempt: str | None


class Rendezvous:
    """A place in a room.

    Args:
        where: The server's address, or a connected client, which is the caller's to keep.
        room: The room.
        name: The name to bear there, when `where` is an address.
        on_event: Called with each event, in order, from the event loop.
        key: What is shown to be let in.
        meta: What the other members are told, when `where` is an address.
        most: Members that the room is to have at most, if we are the first.
        ssl: How a server at `wss:` is verified, if not as usual.
    """

    def __init__(
        self,
        where: str | signaling.Client,
        room: str,
        on_event: Callable[[RoomEvent], None],
        *,
        name: str | None = None,
        key: str | None = None,
        meta: Mapping[str, Any] | None = None,
        most: int | None = None,
        ssl: SSLContext | None = None,
    ) -> None:
        self._where = where
        self.room = room
        self._emit = on_event
        self._name = name
        self._key = key
        self._meta = meta or {}
        self._most = most
        self._ssl = ssl
        self._instance = secrets.token_hex(8)
        self._roster = Roster()
        self._client: signaling.Client | None = None
        self._stack = AsyncExitStack()
        self._waiting: collections.deque[Outgoing] = collections.deque()
        self._to_send = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._renames = 0
        self._up = False
        self._is_over = False
        #: The ICE servers that the server has named last.
        self.servers: tuple[signaling.IceServer, ...] = ()

    @property
    def is_up(self) -> bool:
        """Whether signals can be sent now."""
        return self._up

    @property
    def present(self) -> tuple[Member, ...]:
        """Who is there."""
        return self._roster.present

    async def connect(self) -> None:
        """Connect to the server, if that is not done, without joining.

        Raises:
            signaling.SignalingError: It cannot be reached, or does not let us in.
        """
        self._client = await self._connected()
        self.servers = self._client.ice_servers

    async def join(self) -> None:
        """Enter the room; members are told from now on.

        Raises:
            signaling.SignalingError: The room cannot be joined.
        """
        assert self._client is not None
        self._enter(await self._ask_to_join(self._client))
        self._tasks = [
            asyncio.create_task(self._stay()),
            asyncio.create_task(self._send_all()),
        ]

    def send(
        self, member: Member, kind: signaling.SignalKind, data: object, attempt: str | None
    ) -> bool:
        """Send a signal after those put in before; `False` when it is dropped instead."""
        if self._is_over or len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(Outgoing(member, kind, signals.encode(data), attempt))
        self._to_send.set()
        return True

    def forget(self, member: Member) -> None:
        """A member will not be known again: what it was to us is over."""
        self._roster.forget(member)

    def report(self, remote: str, outcome: Outcome) -> None:
        """Tell the operator how a call went, if that is possible now."""
        if self._client is not None:
            self._client.report(
                self.room,
                remote,
                outcome.state,
                pc=outcome.attempt,
                relayed=outcome.relayed,
                connect_ms=outcome.connect_ms,
                rtt_ms=outcome.rtt_ms,
            )

    def network_changed(self, hosts: Sequence[str]) -> None:
        """This machine has these addresses now; if ours is not among them we connect again."""
        if self._client is not None and self._client.local_host not in hosts:
            self._client.reconnect()

    def probe(self) -> None:
        """Look whether the server is still there; if it does not answer we connect again."""
        if self._client is not None:
            self._client.probe()

    async def close(self) -> None:
        """Send what waits, leave the room, and disconnect if it was us who connected."""
        with contextlib.suppress(TimeoutError, signaling.SignalingError, OSError):
            async with asyncio.timeout(_GOODBYE_DEADLINE):
                while self._client is not None and self._up and self._waiting:
                    await self._send(self._client, self._next())
        client = self._client
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._client = None
        if client is not None and client.is_connected:
            await self._leave(client)
        await self._stack.aclose()

    # Being there

    async def _connected(self) -> signaling.Client:
        if not isinstance(self._where, str):
            return self._where
        name = self._name
        if name is not None and self._renames:
            name = f"{name[:_NAME_LENGTH]}~{self._renames}"
        meta = with_instance(self._meta, self._instance)
        return await self._stack.enter_async_context(
            signaling.connect(self._where, peer=name, meta=meta, ssl=self._ssl)
        )

    async def _ask_to_join(self, client: signaling.Client) -> signaling.Joined:
        meta = with_instance(client.meta, self._instance)
        return await client.join(self.room, key=self._key, meta=meta, max=self._most)

    def _enter(self, joined: signaling.Joined) -> None:
        """We are in the room, perhaps again, as a newcomer."""
        self.servers = joined.ice or self.servers
        if not self._up and self._tasks:
            self._emit(SignalingBack(resumed=False))
        self._up = True
        for peer in joined.peers:
            self._meet(peer.peer, peer.meta, polite=peer.polite, newcomer=False)

    def _meet(self, name: str, meta: Any, *, polite: bool, newcomer: bool) -> None:
        news = self._roster.come(name, meta, polite=polite)
        match news:
            case (News.CAME, member):
                self._emit(MemberCame(member, newcomer))
            case (_, member):
                self._emit(MemberBack(member))
            case None:
                logger.warning("too many members in %r: %r is passed over", self.room, name)

    async def _stay(self) -> None:
        """Be in the room for as long as can be."""
        while (ended := await self._listen()) is None:
            pass
        self._interrupt()
        self._is_over = True
        self._emit(SignalingOver(ended))

    async def _listen(self) -> str | None:
        """Take in events for as long as this client lives; why it is over, or `None` for another."""
        assert self._client is not None
        try:
            async for event in self._client.events():
                match event:
                    case signaling.Closed():
                        return event.reason or event.name
                    case signaling.Removed(room=self.room):
                        return f"put out of the room: {event.message or event.reason.value}"
                    case signaling.NotRejoined(room=self.room):
                        if event.error.code not in _IN_THE_WAY:
                            return str(event.error)
                        return await self._return(event.error)
                    case _:
                        self._hear(event)
        except (signaling.EventOverflowError, signaling.ClientFaultError) as error:
            self._interrupt(str(error))
            self._waiting.clear()
            self._roster.lose_all()
            return await self._return(error)
        return "the signaling connection closed"

    async def _return(self, error: signaling.SignalingError) -> str | None:
        """Begin anew, under another name if ours is taken; why that cannot be, or `None`."""
        if not isinstance(self._where, str):
            return str(error)
        tries = 0
        while True:
            logger.info("signaling for %r begins anew: %s", self.room, error)
            if error.code in _REFUSALS_FOR_GOOD:
                return str(error)
            if error.code == signaling.ErrorCode.CONFLICT:
                self._renames += 1
            await asyncio.sleep(pause(tries, SIGNALING_PAUSES, random.random()))
            tries += 1
            try:
                await self._stack.aclose()
                self._client = await self._connected()
                self._enter(await self._ask_to_join(self._client))
            except signaling.SignalingError as again:
                error = again
            else:
                self._to_send.set()
                return None

    def _interrupt(self, reason: str | None = None) -> None:
        """Signals reach nobody at the moment."""
        if self._up and reason is not None:
            self._emit(SignalingLost(reason))
        self._up = False

    def _resume(self, *, resumed: bool) -> None:
        """There is a connection: everything goes on, or we are about to enter the room again."""
        assert self._client is not None
        self.servers = self._client.ice_servers
        self._emit(ServersRenewed())
        if not resumed:
            self._waiting.clear()
            self._roster.lose_all()
            return
        self._up = True
        self._to_send.set()
        self._emit(SignalingBack(resumed=True))

    def _hear(self, event: signaling.Event) -> None:
        """Take in an event that does not end anything."""
        match event:
            case signaling.Disconnected():
                self._interrupt(event.reason or event.name)
            case signaling.Reconnected():
                self._resume(resumed=event.resumed)
            case signaling.StartedAgain(room=self.room):
                self._enter(event.joined)
                self._to_send.set()
            case signaling.IceRenewed():
                self.servers = event.ice
                self._emit(ServersRenewed())
            case signaling.ErrorReported():
                logger.warning("signaling for %r: %s", self.room, event.message)
            case _:
                self._hear_of_member(event)

    def _hear_of_member(self, event: signaling.Event) -> None:
        match event:
            case signaling.PeerJoined(room=self.room):
                self._meet(event.peer, event.meta, polite=event.polite, newcomer=True)
            case signaling.PeerLeft(room=self.room):
                if (member := self._roster.leave(event.peer)) is not None:
                    self._emit(MemberLeft(member, event.reason))
            case signaling.SignalReceived(room=self.room):
                if (member := self._roster.find(event.sender)) is not None:
                    self._emit(SignalCame(member, event))
            case signaling.Undelivered(room=self.room):
                if (member := self._roster.find(event.to)) is not None:
                    self._emit(SignalLost(member, event.reason))
            case signaling.PeerGone(room=self.room) | signaling.PeerBack(room=self.room):
                if (member := self._roster.find(event.peer)) is not None:
                    self._emit(MemberReachable(member, isinstance(event, signaling.PeerBack)))
            case _:
                pass

    # Talking

    async def _send_all(self) -> None:
        while True:
            while not self._waiting or not self._up or self._client is None:
                self._to_send.clear()
                await self._to_send.wait()
            client = self._client
            with contextlib.suppress(signaling.ConnectionLostError):  # _listen hears of it too
                await self._send(client, self._next())
                await asyncio.sleep(self._pacing(client))

    def _next(self) -> Outgoing:
        """The next signal; candidates that wait one behind the other go together."""
        first = self._waiting.popleft()
        if first.kind is not signaling.SignalKind.CANDIDATES or not first.data:
            return first
        together = list(first.data)
        while self._waiting and len(together) < signals.MAX_CANDIDATES:
            following = self._waiting[0]
            same = (first.member, first.kind, first.attempt)
            if (following.member, following.kind, following.attempt) != same or not following.data:
                break
            together += self._waiting.popleft().data
        return dataclasses.replace(first, data=together)

    async def _send(self, client: signaling.Client, out: Outgoing) -> None:
        name = self._roster.name_of(out.member)
        if name is None:
            return
        try:
            await client.signal(self.room, name, out.kind, out.data, pc=out.attempt)
        except (signaling.RefusedError, signaling.OutboxFullError) as error:
            logger.warning("signaling for %r: %s", self.room, error)

    def _pacing(self, client: signaling.Client) -> float:
        """Seconds until the next signal: none until there are many."""
        if len(self._waiting) < client.welcome.limits.burst // 2:
            return 0.0
        return 1.0 / (_SHARE * client.welcome.limits.rate)

    async def _leave(self, client: signaling.Client) -> None:
        discarding = asyncio.create_task(_discard(client))
        try:
            with contextlib.suppress(TimeoutError, signaling.SignalingError, OSError):
                async with asyncio.timeout(_GOODBYE_DEADLINE):
                    await client.leave(self.room)
        finally:
            discarding.cancel()


async def _discard(client: signaling.Client) -> None:
    """What is said to us until we have left must not be there for whoever uses the client next."""
    with contextlib.suppress(signaling.SignalingError):
        async for _ in client.events():
            pass
