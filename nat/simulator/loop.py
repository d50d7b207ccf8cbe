"""The asyncio event loop of a world: its time is virtual, its sockets are the world's."""

import asyncio
import collections
import contextlib
import contextvars
import itertools
import queue
import random
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from nat.simulator.clock import NANOSECONDS
from nat.simulator.datagram import VirtualDatagramTransport
from nat.simulator.errors import CallbackError
from nat.simulator.fences import FencedLoop
from nat.simulator.host import host_in
from nat.simulator.network import Network
from nat.simulator.resolver import AddressInfo, Found, Resolver
from nat.simulator.scheduling import shuffle_tasks
from nat.simulator.selector import Delivery, VirtualSelector
from nat.simulator.waiting import VirtualFuture, VirtualTask, describe_waiting
from nat.simulator.workers import Workers


class VirtualLoop(FencedLoop):
    """One run of a world. Coroutines use it as they use any event loop.

    It is asyncio's own loop over another selector and other sockets: connections, servers, TLS and
    the `sock_…` methods are asyncio's code, as it runs everywhere.

    Args:
        shuffling: draws the order of tasks that could go on at the same time; None for theirs.
    """

    def __init__(
        self, network: Network, resolver: Resolver, shuffling: random.Random | None = None
    ) -> None:
        self.selector = VirtualSelector(network, resolver, self)
        super().__init__(self.selector)  # type: ignore[arg-type]  # it has what a loop asks for
        self._failures: list[dict[str, Any]] = []
        self._network = network
        self._resolver = resolver
        self._numbers = itertools.count(1)
        self._tasks: weakref.WeakSet[VirtualTask] = weakref.WeakSet()
        self._ready: collections.deque[asyncio.Handle]
        self._default_executor: Executor | None
        self._workers = Workers(self.selector.turns)
        self._scheduled: list[asyncio.TimerHandle]
        self._transports: weakref.WeakValueDictionary[int, asyncio.Transport]
        self._shuffling = shuffling
        self._clock_resolution = 1 / NANOSECONDS
        self.set_exception_handler(self._note_failure)

    # time, tasks and failures

    def time(self) -> float:
        """Seconds since the world began."""
        return self._network.clock.monotonic()

    def set_deadline(self, when_ns: int | None) -> None:
        """Fail the run rather than pass this time."""
        self.selector.deadline_ns = when_ns

    def create_future(self) -> asyncio.Future[Any]:
        """A future that knows its number."""
        return VirtualFuture(loop=self, number=next(self._numbers))

    def create_task(self, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
        """A task that knows its number and its host."""
        task = VirtualTask(coro, loop=self, number=next(self._numbers), **kwargs)
        self._tasks.add(task)
        return task

    def stop(self) -> None:
        """Stop after this turn, also if it was the network's."""
        super().stop()
        self._wake()

    def raise_failure(self) -> None:
        """Raise what a callback or an abandoned task has raised, if one has.

        Raises:
            CallbackError: from the first failure.
        """
        if self._failures:
            first = self._failures[0]["exception"]
            raise CallbackError("; ".join(self.take_failures())) from first

    def take_failures(self) -> list[str]:
        """What has failed unheard so far, in words; it is told only once."""
        taken, self._failures = self._failures, []
        return [_describe_failure(one) for one in taken]

    def note_abandoned(self) -> None:
        """Count tasks that failed unheard among the failures."""
        for task in sorted(self._tasks, key=hash):
            if task.done() and task.failed_unheard:
                message = f"task {task.get_name()} failed and nobody asked for its exception"
                self._failures.append({"message": message, "exception": task.exception()})

    def abandon_tasks(self) -> None:
        """Let go of tasks that refused to end; the run has failed because of them."""
        for task in self._tasks:
            task.abandon()

    def _note_failure(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None:
            self.default_exception_handler(context)
        elif not isinstance(error, asyncio.CancelledError):  # asyncio.streams asks cancelled tasks
            self._failures.append(context)
            self._wake()

    def _wake(self) -> None:
        """Let the selector return to the loop."""
        self.call_soon_threadsafe(_nothing)

    # what the selector asks for

    @property
    def pending(self) -> "collections.deque[asyncio.Handle]":
        """The callbacks that are due."""
        return self._ready

    def begin_turn(self) -> None:
        """Draw the order in which tasks go on in this turn, if it is to be drawn."""
        if self._shuffling is not None and len(self._ready) > 1:
            shuffle_tasks(self._ready, self._shuffling)

    def next_timer(self) -> asyncio.TimerHandle | None:
        """The timer that is due first."""
        return self._scheduled[0] if self._scheduled else None

    def failed(self, error: BaseException, callback: object) -> None:
        """Tell of a callback that raised as asyncio does."""
        message = f"Exception in callback {callback!r}"
        self.call_exception_handler({"message": message, "exception": error})

    def later(self, delivery: Delivery) -> None:
        """Make a delivery behind what is pending."""
        enter, *call = delivery
        self.call_soon(enter, *call)

    def describe_waiting(self) -> str:
        """One line for each task that waits."""
        return describe_waiting(self)

    # sockets

    def _add_reader(self, fd: Any, callback: Callable[..., object], *args: Any) -> asyncio.Handle:
        """Whoever adds it, a callback runs on the host of its socket."""
        add: Callable[..., asyncio.Handle] = super()._add_reader  # type: ignore[misc]
        return self._on_host_of(fd, add, callback, *args)

    def _add_writer(self, fd: Any, callback: Callable[..., object], *args: Any) -> asyncio.Handle:
        add: Callable[..., asyncio.Handle] = super()._add_writer  # type: ignore[misc]
        return self._on_host_of(fd, add, callback, *args)

    def _on_host_of(
        self, fd: Any, add: Callable[..., asyncio.Handle], *args: Any
    ) -> asyncio.Handle:
        found = self.selector.find(fd)
        if found is None or found.host is host_in():
            return add(fd, *args)
        return found.host.context().run(add, fd, *args)

    def _make_datagram_transport(
        self,
        sock: Any,
        protocol: asyncio.DatagramProtocol,
        _address: Any = None,
        waiter: "asyncio.Future[None] | None" = None,
        _extra: Any = None,
    ) -> VirtualDatagramTransport:
        self.check_virtual(sock)
        return VirtualDatagramTransport(self, sock, protocol, self.selector.inbox, waiter)

    def drop_transports(self) -> None:
        """Let go of connections that were never closed, once their sockets are dead."""
        left = [one for one in self._transports.values() if one.get_protocol() is not None]
        if left:
            for transport in left:
                transport.abort()
            self.run_until_complete(asyncio.sleep(0))

    def _make_self_pipe(self) -> None:
        """None is needed: the selector never sleeps as real ones do."""

    def _close_self_pipe(self) -> None:
        """There is none."""

    def _write_to_self(self) -> None:
        """Wake the selector, should it wait for a thread outside of the world."""
        self.selector.ring()

    # names, executors and signals

    async def getaddrinfo(  # type: ignore[override]
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0,  # noqa: A002 -- asyncio's signature
        flags: int = 0,
    ) -> list[AddressInfo]:  # fmt: skip
        """Look a name up in the world."""
        return self._resolver.getaddrinfo(host, port, family, type, proto, flags)

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        """Look an address up in the world."""
        return self._resolver.getnameinfo(sockaddr, flags)

    async def _ensure_resolved(self, *args: Any, **kwargs: Any) -> list[AddressInfo]:
        """asyncio puts what it finds into a set, and listens in the order of that."""
        resolve: Callable[..., Awaitable[list[AddressInfo]]] = super()._ensure_resolved  # type: ignore[misc]
        return [Found(one) for one in await resolve(*args, **kwargs)]

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a function in a thread of the world, on the host of the caller.

        Threads of an executor that was made outside are real: virtual time waits for them.
        """
        executor = executor or self._default_executor
        if executor is not None:
            return self._run_in(executor, func, args)
        future: asyncio.Future[Any] = self.create_future()
        context = contextvars.copy_context()

        def job() -> None:
            result: object = None
            failure: BaseException | None = None
            try:
                result = context.run(func, *args)
            except BaseException as error:  # noqa: BLE001 -- whatever it raised belongs to the caller
                failure = error
            with contextlib.suppress(RuntimeError):  # the run is over, and nobody waits any more
                self.call_soon_threadsafe(_settle, future, result, failure)

        self._workers.submit(job)
        return future

    def _run_in(
        self, executor: Executor, func: Callable[..., Any], args: tuple[Any, ...]
    ) -> asyncio.Future[Any]:
        submitted = executor.submit(func, *args)
        future = asyncio.wrap_future(submitted, loop=self)
        if not isinstance(getattr(executor, "_work_queue", None), queue.SimpleQueue):
            self.selector.expect(submitted)
        return future

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Nothing: signals are not part of the world."""

    def remove_signal_handler(self, sig: int) -> bool:  # noqa: ARG002 -- asyncio's signature
        """Nothing was added."""
        return False


def _settle(future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _nothing() -> None:
    """A callback for a turn of the loop."""


def _describe_failure(context: dict[str, Any]) -> str:
    error = context["exception"]
    return f"{context.get('message', 'failure')}: {type(error).__name__}: {error}"
