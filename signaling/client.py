"""The client: requests with answers and deadlines, a bounded queue of events, one steady connection."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any

import msgspec

from signaling.clientshell import Shell, TokenProvider
from signaling.codes import ErrorCode
from signaling.errors import OutboxFullError, RequestTimeoutError, SignalingError
from signaling.events import Event
from signaling.matchmaking.tickets import Openness
from signaling.messages import (
    Auth,
    CallState,
    ClientMessage,
    EnterQueue,
    Error,
    Ice,
    IceRequest,
    IceServer,
    Join,
    Joined,
    Kick,
    Leave,
    Lock,
    Metadata,
    Ok,
    Party,
    Ping,
    Pong,
    Properties,
    ServerMessage,
    Signal,
    SignalKind,
    State,
    Stats,
    Topology,
    Welcome,
)
from signaling.queueing import AfterLoss, Answering, Queueing, Ticket
from signaling.steady.hearing import as_refused
from signaling.steady.outbox import LEAST
from signaling.steady.plan import Plan, Renewal, Steadiness
from signaling.websocket import check_url

_REPORT_ROOM = 1024


@asynccontextmanager
async def connect(
    url: str | Sequence[str],
    *,
    peer: str | None = None,
    meta: Metadata | None = None,
    token: str | TokenProvider | None = None,
    region: str = "",
    ssl: SSLContext | None = None,
    steady: bool = True,
    patience: float | None = None,
    open_timeout: float = 5.0,
    request_timeout: float = 5.0,
    event_limit: int = 1024,
    outbox_limit: int = 1024,
) -> AsyncIterator["Client"]:
    """Be connected and welcomed for as long as the context lasts.

    Args:
        url: `ws://host:port/v1/ws`, or `wss:`; of several the first one that works.
        peer: The name to bear in rooms; the server makes one up if there is none.
        meta: What other members learn of us, unless a room is joined with something else.
        token: Says who we are, or gives a newer one each time it is called: for each connection, and
            before the last one expires.
        region: Where we are, for the choice of relays.
        ssl: How servers at `wss:` are verified, if not as usual.
        steady: Whether a connection that is lost is made again.
        patience: Seconds without a connection after which it is given up; None for never.
        open_timeout: Seconds until a websocket must be open, and until the welcome must be here.
        request_timeout: Seconds that the server has for an answer.
        event_limit: How many events may wait to be taken.
        outbox_limit: How many messages may wait for the server to acknowledge them, at least 32.

    Raises:
        UnreachableError: Nobody listens there, or not for this protocol.
        RefusedError: The server does not let us in.
        ConnectionLostError: The server closed before it welcomed us.
        RequestTimeoutError: The server did not welcome us in time.
        ClientFaultError: The client has failed; for no reason that it knows of.
        ValueError: `url` is not a websocket address, or `outbox_limit` is too small.
    """
    plan = Plan(
        urls=_checked(url, outbox_limit),
        peer=peer,
        meta=meta,
        region=region,
        steadiness=Steadiness.COME_BACK if steady else Steadiness.END,
        renewal=Renewal.ASKED if callable(token) else Renewal.NONE,
        patience=patience,
        welcome_within=open_timeout,
        outbox=outbox_limit,
    )
    client = Client(plan, token, ssl, request_timeout, event_limit)
    try:
        await client.open()
        yield client
    finally:
        await client.close()


def _checked(url: str | Sequence[str], outbox_limit: int) -> tuple[str, ...]:
    urls = (url,) if isinstance(url, str) else tuple(url)
    if not urls:
        raise ValueError("no address to connect to")
    if outbox_limit < LEAST:
        raise ValueError(f"outbox_limit is {outbox_limit}, expected at least {LEAST}")
    for one in urls:
        check_url(one)
    return urls


class Client:
    """A session with a signaling server. Made by `connect`."""

    def __init__(
        self,
        plan: Plan,
        token: str | TokenProvider | None,
        ssl: SSLContext | None,
        request_timeout: float,
        event_limit: int,
    ) -> None:
        self._shell = Shell(plan, token, ssl, event_limit)
        self._core = self._shell.core
        self._request_timeout = request_timeout
        self._loop = asyncio.get_running_loop()
        self._queueing = Queueing(self, self._shell.spawn)
        self._shell.hear = self._queueing.hear

    @property
    def welcome(self) -> Welcome:
        """The server's last welcome: session id, our name, ICE servers, limits."""
        assert self._core.welcome is not None
        return self._core.welcome

    @property
    def meta(self) -> Metadata:
        """What was said of us in `hello`; it holds in rooms that are joined without any other."""
        return self._core.meta

    @property
    def is_connected(self) -> bool:
        """Whether the server hears us at the moment."""
        return self._core.is_up

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms we are in; while there is no connection, those we will be in again."""
        return self._core.rooms

    @property
    def ice_servers(self) -> tuple[IceServer, ...]:
        """The ICE servers that the server has named last."""
        return self._core.ice

    @property
    def local_host(self) -> str:
        """The address of this machine that the connection goes, or went, out from."""
        return self._shell.local_host

    def events(self) -> AsyncIterator[Event]:
        """Iterate over events until `Closed` came.

        Raises:
            EventOverflowError: Events were not taken fast enough.
            ClientFaultError: The client has failed; for no reason that it knows of.
        """
        return self._shell.events

    # --- requests -----------------------------------------------------------------------------

    async def join(
        self,
        room: str,
        *,
        key: str | None = None,
        meta: Metadata | None = None,
        topology: Topology | None = None,
        max: int | None = None,  # noqa: A002 (the field's name on the wire)
    ) -> Joined:
        """Become a member of a room.

        Args:
            key: What whoever opens the room shows, and all others must show too.
            meta: What the others learn of us there.
            topology: Who sees whom, if we open it.
            max: How many may be in it, if we open it.

        Raises:
            RefusedError: 417 room_full, 423 room_locked, 409 conflict (name taken, or in there already), ...
        """
        return await self.ask(
            Join(room=room, key=key, meta=meta, topology=topology, max=max), Joined
        )

    async def leave(self, room: str) -> None:
        """Be a member no longer."""
        await self.ask(Leave(room=room), Ok)

    async def update(self, room: str, meta: Metadata) -> None:
        """Change our metadata in a room: keys are replaced, `None` takes a key away."""
        await self.ask(State(room=room, meta=meta), Ok)

    async def kick(self, room: str, peer: str, reason: str = "") -> None:
        """Put another member out; for hosts."""
        await self.ask(Kick(room=room, peer=peer, reason=reason), Ok)

    async def lock(self, room: str, *, locked: bool = True) -> None:
        """Let nobody in any more, or again; for hosts."""
        await self.ask(Lock(room=room, locked=locked), Ok)

    async def authenticate(self, token: str) -> None:
        """Show a newer token; it is also shown in connections to come, unless there is a provider."""
        await self.ask(Auth(token=token), Ok)

    async def ice(self) -> tuple[IceServer, ...]:
        """Ask for ICE servers with fresh credentials."""
        return (await self.ask(IceRequest(), Ice)).ice

    async def ping(self) -> float:
        """Ask whether the server still listens; returns the round-trip time."""
        started = self._loop.time()
        await self.ask(Ping(), Pong)
        return self._loop.time() - started

    async def enqueue(
        self,
        queue: str,
        *,
        rating: float | None = None,
        rtt: Mapping[str, float] | None = None,
        properties: Properties | None = None,
        party: tuple[str, int] | None = None,
        openness: Openness = Openness.UNKNOWN,
        avoid: Sequence[str] = (),
        bot: bool = False,
        expires: float | None = None,
        after_loss: AfterLoss = AfterLoss.END,
    ) -> Ticket:
        """Wait in a queue for a match.

        Args:
            rating: How well we play, where the queue trusts its clients.
            rtt: Milliseconds to each region that we can play in.
            properties: What the queue's keys and rules look at: words, numbers, tuples of words.
            party: A name and a size, the same for all who want to be in one team.
            openness: How well others can connect to us.
            avoid: Subjects not to play with.
            bot: Whether to play only where people have waited for long.
            expires: Seconds after which the ticket is given up, if the queue does not do so before.
            after_loss: What becomes of the ticket when the server has forgotten our session.

        Raises:
            RefusedError: 404 not_found (no such queue), 409 conflict (waiting there already), 400, ...
        """
        message = EnterQueue(
            queue=queue,
            rating=rating,
            rtt=dict(rtt or {}),
            props=properties or {},
            party=None if party is None else Party(id=party[0], size=party[1]),
            openness=openness,
            avoid=tuple(avoid),
            bot=bot,
            expires_s=expires,
        )
        return await self._queueing.enqueue(message, after_loss)

    # --- what is said without an answer -------------------------------------------------------

    async def signal(
        self,
        room: str,
        to: str,
        kind: SignalKind,
        data: Any = None,
        *,
        pc: str | None = None,
        mid: str | None = None,
    ) -> None:
        """Send something to another member; `Undelivered` is an event.

        It arrives once, and after what was sent before, however often the connection is lost on the
        way; only a session that begins again (`Reconnected.resumed`) drops what was not acknowledged.

        Args:
            data: Anything that JSON can say.
            pc: Which connection attempt it belongs to.
            mid: An id of its own: the server delivers it once, however often it is sent.

        Raises:
            OutboxFullError: There is no connection, and too much waits for one already.
        """
        raw = msgspec.Raw(msgspec.json.encode(data))
        message = Signal(room=room, to=to, kind=kind, data=raw, pc=pc, mid=mid)
        while True:
            self._check()
            try:
                actions = self._core.send(message, self._loop.time())
            except OutboxFullError:
                if not self._core.is_up:
                    raise
                self._shell.room.clear()
                await self._shell.room.wait()
            else:
                self._shell.do(actions)
                return

    def report(
        self,
        room: str,
        peer: str,
        state: CallState,
        *,
        pc: str | None = None,
        relayed: bool = False,
        connect_ms: int | None = None,
        rtt_ms: int | None = None,
    ) -> None:
        """Tell the operator how a call went; dropped where that is not possible at the moment."""
        if self._core.is_up and self._core.has_room(_REPORT_ROOM):
            stats = Stats(
                room=room,
                peer=peer,
                state=state,
                pc=pc,
                relayed=relayed,
                connect_ms=connect_ms,
                rtt_ms=rtt_ms,
            )
            self._shell.do(self._core.send(stats, self._loop.time()))

    # --- the connection -----------------------------------------------------------------------

    async def open(self) -> None:
        """Connect for the first time."""
        await self._shell.open()

    def reconnect(self) -> None:
        """Leave this connection, known to lead nowhere, for a new one at once."""
        self._shell.do(self._core.reconnect(self._loop.time()))

    def probe(self) -> None:
        """Look whether the server is still there; if it does not answer soon, connect again."""
        self._shell.do(self._core.probe(self._loop.time()))

    async def close(self) -> None:
        """Say bye and close; at most two seconds after that the socket is cut."""
        await self._shell.close()

    # --- between the core and the user --------------------------------------------------------

    async def ask(self, request: ClientMessage, expected: type[Answering]) -> Answering:
        """Ask for something; `expected` is the answer that is no error."""
        self._check()
        id_, actions = self._core.ask(request, self._loop.time())
        answer: asyncio.Future[ServerMessage | SignalingError] = self._loop.create_future()
        self._shell.answers[id_] = answer
        self._shell.do(actions)
        try:
            async with asyncio.timeout(self._request_timeout):
                message = await answer
        except TimeoutError as error:
            raise RequestTimeoutError(
                type(request).__name__.lower(), self._request_timeout
            ) from error
        finally:
            del self._shell.answers[id_]
            if answer.cancelled():
                self._shell.do(self._core.abandon(id_, self._loop.time()))
        if isinstance(message, expected):
            return message
        if isinstance(message, SignalingError):
            raise message
        if isinstance(message, Error):
            raise as_refused(message)
        raise SignalingError(
            ErrorCode.BAD_MESSAGE, "bad_answer", f"{type(message).__name__} came as an answer"
        )

    def _check(self) -> None:
        if self._shell.failure is not None:
            raise self._shell.failure
