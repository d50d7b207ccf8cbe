"""The client: requests with answers and deadlines, and a bounded queue of events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from signaling.codes import CloseCode, ErrorCode
from signaling.errors import (
    ConnectionLostError,
    RefusedError,
    RequestTimeoutError,
    SignalingError,
    UnreachableError,
)
from signaling.events import Closed, Event, EventQueue
from signaling.incoming import as_event
from signaling.messages import (
    SUBPROTOCOL,
    Bye,
    ClientInfo,
    ClientMessage,
    Error,
    Hello,
    Ice,
    IceRequest,
    IceServer,
    Join,
    Joined,
    Leave,
    Metadata,
    Ok,
    Ping,
    Pong,
    ServerMessage,
    Signal,
    SignalKind,
    State,
    Welcome,
)
from signaling.wire import Refusal, Skipped, decode_from_server, encode

_logger = logging.getLogger("signaling.client")

_CLOSE_TIMEOUT = 2.0
_MAX_FRAME = 1024 * 1024

Answer = TypeVar("Answer", Welcome, Joined, Ice, Ok, Pong)


@asynccontextmanager
async def connect(
    url: str,
    *,
    peer: str | None = None,
    meta: Metadata | None = None,
    open_timeout: float = 5.0,
    request_timeout: float = 5.0,
    event_limit: int = 1024,
) -> AsyncIterator["Client"]:
    """Be connected and welcomed for as long as the context lasts.

    Args:
        url: `ws://host:port/v1/ws`.
        peer: The name to bear in rooms; the server makes one up if there is none.
        meta: What other members learn of us, unless a room is joined with something else.
        open_timeout: Seconds until the welcome must be here.
        request_timeout: Seconds that the server has for an answer.
        event_limit: How many events may wait to be taken.

    Raises:
        UnreachableError: Nobody listens there, or not for this protocol.
        RefusedError: The server does not let us in.
        ConnectionLostError: The server closed before it welcomed us.
        ValueError: `url` is not a websocket address.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + open_timeout
    client = Client(await _open(url, open_timeout), request_timeout, event_limit)
    try:
        await client.greet(peer, meta or {}, deadline - clock())
        yield client
    finally:
        await client.close()


async def _open(url: str, open_timeout: float) -> ClientConnection:
    try:
        return await connect_websocket(
            url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            proxy=None,
            open_timeout=open_timeout,
            close_timeout=_CLOSE_TIMEOUT,
            max_size=_MAX_FRAME,
        )
    except InvalidURI as error:
        raise ValueError(str(error)) from error
    except TimeoutError as error:
        raise UnreachableError(url, f"no websocket within {open_timeout:g} s") from error
    except InvalidStatus as error:
        raise UnreachableError(url, f"HTTP status {error.response.status_code}") from error
    except (OSError, InvalidHandshake) as error:
        raise UnreachableError(url, str(error)) from error


class Client:
    """A session with a signaling server. Made by `connect`."""

    def __init__(
        self, connection: ClientConnection, request_timeout: float, event_limit: int
    ) -> None:
        self._connection = connection
        self._request_timeout = request_timeout
        self._events = EventQueue(event_limit)
        self._pending: dict[int, asyncio.Future[ServerMessage | SignalingError]] = {}
        self._last_id = 0
        self._welcome: Welcome | None = None
        self._meta: Metadata = {}
        self._failure: SignalingError | None = None
        self._reader = asyncio.get_running_loop().create_task(self._read())

    @property
    def welcome(self) -> Welcome:
        """The server's first message: session id, our name, ICE servers, limits."""
        assert self._welcome is not None
        return self._welcome

    @property
    def meta(self) -> Metadata:
        """What was said of us in `hello`; it holds in rooms that are joined without any other."""
        return self._meta

    @property
    def local_host(self) -> str:
        """The address of this machine that the connection goes out from."""
        return str(self._connection.local_address[0])

    def events(self) -> AsyncIterator[Event]:
        """Iterate over events until `Closed` came.

        Raises:
            EventOverflowError: Events were not taken fast enough.
        """
        return self._events

    async def greet(self, peer: str | None, meta: Metadata, seconds: float) -> None:
        """Say hello and wait for the welcome."""
        self._meta = meta
        hello = Hello(
            id=self._next_id(), peer=peer, meta=meta, client=ClientInfo(name="hairpin-python")
        )
        self._welcome = await self._ask(hello, Welcome, seconds)

    async def join(self, room: str, *, meta: Metadata | None = None) -> Joined:
        """Become a member of a room.

        Raises:
            RefusedError: 417 room_full, 409 conflict (name taken, or in there already), ...
        """
        return await self._ask(Join(id=self._next_id(), room=room, meta=meta), Joined)

    async def leave(self, room: str) -> None:
        """Be a member no longer."""
        await self._ask(Leave(id=self._next_id(), room=room), Ok)

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
        """Send something to another member; returns when it is written, `Undelivered` is an event.

        Args:
            data: Anything that JSON can say.
            pc: Which connection attempt it belongs to.
            mid: An id of its own: the server delivers it once, however often it is sent.
        """
        raw = msgspec.Raw(msgspec.json.encode(data))
        await self._send(Signal(room=room, to=to, kind=kind, data=raw, pc=pc, mid=mid))

    async def update(self, room: str, meta: Metadata) -> None:
        """Change our metadata in a room: keys are replaced, `None` takes a key away."""
        await self._ask(State(id=self._next_id(), room=room, meta=meta), Ok)

    async def ice(self) -> tuple[IceServer, ...]:
        """Ask for ICE servers with fresh credentials."""
        return (await self._ask(IceRequest(id=self._next_id()), Ice)).ice

    async def ping(self) -> float:
        """Ask whether the server still listens; returns the round-trip time."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        await self._ask(Ping(id=self._next_id()), Pong)
        return loop.time() - started

    async def close(self) -> None:
        """Say bye and close; at most two seconds after that the socket is cut."""
        with suppress(ConnectionClosed):
            await self._within_deadline(self._connection.send(encode(Bye()), text=True))
        await self._within_deadline(self._connection.close())
        await self._reader

    def abort(self) -> None:
        """Cut the connection: it is known to lead nowhere. `Closed` follows."""
        self._connection.transport.abort()

    # --- requests -----------------------------------------------------------------------------

    async def _ask(
        self, request: ClientMessage, expected: type[Answer], seconds: float | None = None
    ) -> Answer:
        assert request.id is not None
        seconds = self._request_timeout if seconds is None else seconds
        answer: asyncio.Future[ServerMessage | SignalingError] = (
            asyncio.get_running_loop().create_future()
        )
        self._pending[request.id] = answer
        try:
            async with asyncio.timeout(seconds):
                await self._send(request)
                message = await answer
        except TimeoutError as error:
            raise RequestTimeoutError(type(request).__name__.lower(), seconds) from error
        finally:
            del self._pending[request.id]
        if isinstance(message, expected):
            return message
        if isinstance(message, SignalingError):
            raise message
        if isinstance(message, Error):
            raise _refused(message)
        raise SignalingError(
            ErrorCode.BAD_MESSAGE, "bad_answer", f"{type(message).__name__} came as an answer"
        )

    async def _send(self, message: ClientMessage) -> None:
        text = encode(message)
        if self._welcome is not None and len(text) > self._welcome.limits.msg:
            most = f"{len(text)} bytes, the server takes {self._welcome.limits.msg}"
            raise RefusedError(ErrorCode.TOO_BIG, ErrorCode.TOO_BIG.label, most)
        try:
            await self._connection.send(text, text=True)
        except ConnectionClosed as closed:
            raise self._failure or _lost(closed) from closed

    def _next_id(self) -> int:
        self._last_id = (self._last_id + 1) % 2**32
        return self._last_id

    # --- what comes in ------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while self._failure is None:
                for message in decode_from_server(await self._connection.recv()):
                    self._take(message)
        except ConnectionClosed as closed:
            self._finish(_lost(closed))
        else:
            await self._within_deadline(
                self._connection.close(CloseCode.SLOW_CONSUMER, "events are not taken")
            )

    def _take(self, message: ServerMessage | Refusal | Skipped) -> None:
        match message:
            case Refusal():
                _logger.warning("the server sent what is no message: %r", message.reason)
            case Skipped():
                _logger.info("the server sent a message of a newer kind")
            case _ if message.id in self._pending:
                answer = self._pending[message.id]
                if not answer.done():
                    answer.set_result(message)
            case _:
                self._put(as_event(message))

    def _put(self, event: Event | Refusal | None) -> None:
        match event:
            case None:
                _logger.info("an answer came after its deadline")
            case Refusal():
                self._take(event)
            case _:
                overflow = self._events.put(event)
                if overflow is not None:
                    _logger.warning("%s", overflow)
                    self._fail(overflow)

    def _finish(self, lost: ConnectionLostError) -> None:
        self._fail(lost)
        self._events.end(Closed(lost.code, lost.name, lost.reason, lost.verdict))

    def _fail(self, failure: SignalingError) -> None:
        self._failure = self._failure or failure
        for answer in self._pending.values():
            if not answer.done():
                answer.set_result(self._failure)

    async def _within_deadline(self, last_word: Coroutine[Any, Any, None]) -> None:
        """Cut the socket when the other side does not even let us say goodbye."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await last_word
        except TimeoutError:
            self._connection.transport.abort()


def _refused(error: Error) -> RefusedError:
    retry_after = None if error.retry_ms is None else error.retry_ms / 1000
    return RefusedError(error.code, error.name, error.msg, retry_after=retry_after)


def _lost(closed: ConnectionClosed) -> ConnectionLostError:
    if closed.rcvd is not None:
        return ConnectionLostError(closed.rcvd.code, closed.rcvd.reason)
    if closed.sent is not None and closed.sent.code != CloseCode.INTERNAL_ERROR:
        return ConnectionLostError(closed.sent.code, closed.sent.reason)
    return ConnectionLostError(CloseCode.ABNORMAL, str(closed))
