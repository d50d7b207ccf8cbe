"""A place in a room that is kept: when signaling is lost it connects again, rejoins, and goes on.

What is put in while signaling is away is dropped: whoever talks through it says again what matters
when the other is there again, which `MemberBack` tells.
"""

import asyncio
import collections
import contextlib
import dataclasses
import logging
import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import signaling
from peer import signals
from peer.backoff import SIGNALING_PAUSES, pause
from peer.roomevents import (
    MemberBack,
    MemberCame,
    MemberLeft,
    RoomEvent,
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
_PROBE_DEADLINE = 1.5
_LEAST_RENEWAL = 60.0
_REFUSALS_FOR_GOOD = frozenset(
    {
        signaling.ErrorCode.UNAUTHORIZED,
        signaling.ErrorCode.FORBIDDEN,
        signaling.ErrorCode.VERSION,
    }
)


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
        where: The server's address, to which we connect again whenever that is lost, or a
            connected client, which is the caller's to keep.
        room: The room.
        name: The name to bear there, when `where` is an address.
        on_event: Called with each event, in order, from the event loop.
    """

    def __init__(
        self,
        where: str | signaling.Client,
        room: str,
        on_event: Callable[[RoomEvent], None],
        *,
        name: str | None = None,
    ) -> None:
        self._where = where
        self.room = room
        self._emit = on_event
        self._name = name
        self._instance = secrets.token_hex(8)
        self._roster = Roster()
        self._client: signaling.Client | None = None
        self._stack = AsyncExitStack()
        self._waiting: collections.deque[Outgoing] = collections.deque()
        self._to_send = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._renames = 0
        self._renewing = False
        #: The ICE servers that the server has named last.
        self.servers: tuple[signaling.IceServer, ...] = ()

    @property
    def is_up(self) -> bool:
        """Whether signals can be sent now."""
        return self._client is not None

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
        self.servers = self._client.welcome.ice

    async def join(self) -> None:
        """Enter the room; members are told from now on.

        Raises:
            signaling.SignalingError: The room cannot be joined.
        """
        assert self._client is not None
        await self._enter(self._client)
        self._tasks = [
            asyncio.create_task(self._stay(self._client)),
            asyncio.create_task(self._send_all()),
            asyncio.create_task(self._renew_servers()),
        ]

    def send(
        self, member: Member, kind: signaling.SignalKind, data: object, attempt: str | None
    ) -> bool:
        """Send a signal after those put in before; `False` when it is dropped instead."""
        if self._client is None or len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(Outgoing(member, kind, signals.encode(data), attempt))
        self._to_send.set()
        return True

    def forget(self, member: Member) -> None:
        """A member will not be known again: what it was to us is over."""
        self._roster.forget(member)

    def network_changed(self, hosts: Sequence[str]) -> None:
        """This machine has these addresses now; if ours is not among them we connect again."""
        if not isinstance(self._where, str) or self._client is None:
            return
        if self._client.local_host not in hosts:
            self._renewing = True
            self._client.reconnect()

    async def probe(self) -> None:
        """Look whether the server is still there; if it does not answer we connect again."""
        client = self._client
        if client is None or not isinstance(self._where, str):
            return
        try:
            async with asyncio.timeout(_PROBE_DEADLINE):
                await client.ping()
        except TimeoutError:
            self._renewing = True
            client.reconnect()
        except signaling.SignalingError as error:
            logger.info("signaling for %r does not answer: %s", self.room, error)

    async def close(self) -> None:
        """Send what waits, leave the room, and disconnect if it was us who connected."""
        with contextlib.suppress(TimeoutError, signaling.SignalingError, OSError):
            async with asyncio.timeout(_GOODBYE_DEADLINE):
                while self._client is not None and self._waiting:
                    await self._send(self._client, self._next())
        client = self._client
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._client = None
        if client is not None:
            await self._leave(client)
        await self._stack.aclose()

    # Being there

    async def _connected(self) -> signaling.Client:
        if not isinstance(self._where, str):
            return self._where
        name = self._name
        if name is not None and self._renames:
            name = f"{name[:_NAME_LENGTH]}~{self._renames}"
        meta = with_instance({}, self._instance)
        return await self._stack.enter_async_context(
            signaling.connect(self._where, peer=name, meta=meta, steady=False)
        )

    async def _enter(self, client: signaling.Client) -> None:
        joined = await client.join(self.room, meta=with_instance(client.meta, self._instance))
        self.servers = joined.ice or self.servers
        if self._client is None:
            self._client = client
            self._emit(SignalingBack())
        for peer in joined.peers:
            self._meet(peer.peer, peer.meta, polite=peer.polite, newcomer=False)

    async def _renew_servers(self) -> None:
        """Ask for fresh credentials in time: a restart hours later needs relays as well."""
        while True:
            client = self._client
            seconds = _LEAST_RENEWAL if client is None else client.welcome.ice_ttl_s / 2
            await asyncio.sleep(max(seconds, _LEAST_RENEWAL))
            if self._client is not None and self._client is client:
                with contextlib.suppress(signaling.SignalingError):
                    self.servers = await client.ice()

    def _meet(self, name: str, meta: Any, *, polite: bool, newcomer: bool) -> None:
        news = self._roster.come(name, meta, polite=polite)
        match news:
            case (News.CAME, member):
                self._emit(MemberCame(member, newcomer))
            case (_, member):
                self._emit(MemberBack(member))
            case None:
                logger.warning("too many members in %r: %r is passed over", self.room, name)

    async def _stay(self, client: signaling.Client) -> None:
        """Be in the room for as long as can be."""
        while True:
            reason, returns = await self._listen(client)
            self._client = None
            self._waiting.clear()
            self._roster.lose_all()
            if not returns:
                self._emit(SignalingOver(reason))
                return
            self._emit(SignalingLost(reason))
            again = await self._return()
            if again is None:
                return
            client = again

    async def _listen(self, client: signaling.Client) -> tuple[str, bool]:
        """Take in events until the connection is gone; why, and whether to come back."""
        returns = isinstance(self._where, str)
        try:
            async for event in client.events():
                if isinstance(event, signaling.Closed):
                    back = self._renewing or event.verdict is signaling.Verdict.COME_BACK
                    return event.reason or event.name, returns and back
                self._hear(event)
        except signaling.SignalingError as error:
            return str(error), returns
        return "the signaling connection closed", returns

    async def _return(self) -> signaling.Client | None:
        """Connect and join again, with growing pauses; `None` when we are not let in for good."""
        tries = 0
        while True:
            if self._renewing:  # the server still takes the old connection for us
                self._renames += 1
                self._renewing = False
            await asyncio.sleep(pause(tries, SIGNALING_PAUSES, random.random()))
            tries += 1
            try:
                await self._stack.aclose()
                client = await self._connected()
                await self._enter(client)
            except signaling.SignalingError as error:
                self._client = None
                self._roster.lose_all()
                if error.code == signaling.ErrorCode.CONFLICT:
                    self._renames += 1
                elif error.code in _REFUSALS_FOR_GOOD:
                    self._emit(SignalingOver(str(error)))
                    return None
                logger.info("signaling for %r is not back yet: %s", self.room, error)
            else:
                return client

    def _hear(self, event: signaling.Event) -> None:
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
            case signaling.IceRenewed():
                self.servers = event.ice
            case signaling.ErrorReported():
                logger.warning("signaling for %r: %s", self.room, event.message)
            case _:
                pass

    # Talking

    async def _send_all(self) -> None:
        while True:
            while not self._waiting or self._client is None:
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
        except signaling.RefusedError as error:  # too big for the server
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
