"""The shell around the client's core: it opens and reads, passes in, carries out, arms one timer."""

import asyncio
import inspect
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any, TypeAlias, assert_never

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import broadcast
from websockets.exceptions import ConnectionClosed

from signaling.codes import CloseCode
from signaling.errors import ClientFaultError, SignalingError, UnreachableError
from signaling.events import Closed, Event, EventQueue
from signaling.messages import ServerMessage
from signaling.steady.actions import Action, Answer, Cut, Open, Over, Remark, Renew, Tell, Write
from signaling.steady.core import ClientCore
from signaling.steady.plan import Plan
from signaling.websocket import open_websocket, why_closed

_logger = logging.getLogger("signaling.client")

_CLOSE_TIMEOUT = 2.0
_TICK = 2.0
_SLEPT = 5.0

TokenProvider: TypeAlias = Callable[[], str | Awaitable[str]]


class Shell:
    """The sockets, clocks and tasks of one client."""

    def __init__(
        self,
        plan: Plan,
        token: str | TokenProvider | None,
        ssl: SSLContext | None,
        event_limit: int,
    ) -> None:
        self.core = ClientCore(plan, random.random)
        self.events = EventQueue(event_limit)
        self.answers: dict[int, asyncio.Future[ServerMessage | SignalingError]] = {}
        self.failure: SignalingError | None = None
        self.hear: Callable[[Event], bool] = lambda _event: False
        """Is told of events first, and says which are not for everybody."""
        self.room = asyncio.Event()
        """Set when there may be room in the outbox, or never will be."""
        self.local_host = ""
        self._open_timeout = plan.welcome_within
        self._token = token
        self._ssl = ssl
        self._loop = asyncio.get_running_loop()
        self._connection: ClientConnection | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._welcomed: asyncio.Future[SignalingError | None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._clocks_apart = time.time() - self._loop.time()

    async def open(self) -> None:
        """Connect for the first time.

        Raises:
            SignalingError: There is no connection to be had.
        """
        self.do(self.core.start())
        self._ticker = self._loop.call_later(_TICK, self._tick)
        failure = await self._welcomed
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Say bye and close; at most two seconds after that the socket is cut."""
        connection = self._connection
        self.do(self.core.finish())
        try:
            if connection is not None:
                await self._hang_up(connection)
        finally:
            self._cut()
            for task in self._tasks:
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def do(self, actions: Sequence[Action]) -> None:
        """Carry out what the core wants done."""
        for action in actions:
            self._carry_out(action)
        if self.core.welcome is not None and not self._welcomed.done():
            self._welcomed.set_result(None)
        if self.failure is not None or self.core.has_room():
            self.room.set()
        self._arm()

    # --- the connection ---

    async def _hang_up(self, connection: ClientConnection) -> None:
        """Cut the socket when the other side does not even let us say goodbye."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await connection.close(CloseCode.NORMAL)
        except TimeoutError:
            connection.transport.abort()

    async def _attend(self, url: str) -> None:
        """Open a websocket and read from it until it is closed."""
        try:
            token = await self._newest_token(url)
            connection = await open_websocket(
                url, seconds=self._open_timeout, close_timeout=_CLOSE_TIMEOUT, ssl=self._ssl
            )
        except SignalingError as error:
            self.do(self.core.receive_unreachable(error, self._loop.time()))
            return
        self._connection = connection
        self.local_host = str(connection.local_address[0])
        self.do(self.core.receive_open(token, self._loop.time()))
        try:
            while True:
                frame = await connection.recv()
                self.do(self.core.receive_frame(frame, self._loop.time()))
        except ConnectionClosed as closed:
            if self._connection is connection:
                self._connection = None
                lost = why_closed(closed)
                self.do(self.core.receive_close(lost.code, lost.reason, self._loop.time()))

    def _cut(self) -> None:
        connection, self._connection = self._connection, None
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.cancel()
        if connection is not None:
            connection.transport.abort()

    def _tick(self) -> None:
        with self._watched():
            self._look_at_the_clocks()

    def _look_at_the_clocks(self) -> None:
        """The machine has slept if its clock on the wall has gone further than the one that counts."""
        apart = time.time() - self._loop.time()
        if apart - self._clocks_apart > _SLEPT:
            _logger.info("the machine has slept: looking whether the server is still there")
            now = self._loop.time()
            self.do(self.core.probe(now) if self.core.is_up else self.core.reconnect(now))
        self._clocks_apart = apart
        if self.failure is None:
            self._ticker = self._loop.call_later(_TICK, self._tick)

    # --- tokens ---

    async def _newest_token(self, url: str) -> str | None:
        if not callable(self._token):
            return self._token
        try:
            async with asyncio.timeout(self._open_timeout):
                token = self._token()
                return await token if inspect.isawaitable(token) else token
        except (
            Exception
        ) as error:  # whatever the caller's function raises: a later try may do better
            raise UnreachableError(url, f"no token can be had: {error!r}") from error

    async def _renew(self) -> None:
        try:
            token = await self._newest_token("the server")
        except UnreachableError as error:
            _logger.warning("the token is not renewed: %s", error)
            token = None
        self.do(self.core.receive_token(token, self._loop.time()))

    # --- actions ---

    def _carry_out(self, action: Action) -> None:
        match action:
            case Write(frame):
                if self._connection is not None:
                    broadcast((self._connection,), frame, text=True)
            case Tell(event):
                self._put(event)
            case Answer():
                self._answer(action)
            case Open(url):
                self._attempt = self.spawn(self._attend(url))
            case Cut():
                self._cut()
            case Renew():
                self.spawn(self._renew())
            case Remark(text):
                _logger.warning("%s", text)
            case Over(error):
                self._end(error)
            case _:
                assert_never(action)

    def _answer(self, action: Answer) -> None:
        waiting = self.answers.get(action.request)
        if waiting is not None and not waiting.done():
            waiting.set_result(action.answer)

    def _put(self, event: Event) -> None:
        if self.hear(event):
            return
        if isinstance(event, Closed):
            self.events.end(event)
            return
        overflow = self.events.put(event)
        if overflow is not None:
            _logger.warning("%s", overflow)
            connection = self._connection
            self.do(self.core.finish(overflow))
            if connection is not None:
                self.spawn(self._hang_up(connection))

    def _end(self, error: SignalingError) -> None:
        self.failure = error
        if not self._welcomed.done():
            self._welcomed.set_result(error)
        if self._ticker is not None:
            self._ticker.cancel()

    def _arm(self) -> None:
        deadline = self.core.next_deadline()
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        with self._watched():
            self.do(self.core.handle_timer(self._loop.time()))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something for as long as the client is there."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    # --- what nobody thought of ---

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            with self._watched():
                task.result()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # a mistake of ours must not leave anybody waiting
            _logger.exception("the client has failed")
            self._break(ClientFaultError(error))

    def _break(self, fault: ClientFaultError) -> None:
        """End the session; everybody who waits learns why."""
        self.events.fail(fault)
        try:
            self.do(self.core.finish(fault))
        finally:
            self._end(fault)
            self._cut()
