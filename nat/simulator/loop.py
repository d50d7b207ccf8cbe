"""The asyncio event loop of a world: its time is virtual, its sockets are the world's."""

import asyncio
import errno
import itertools
import socket
import weakref
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from nat.packets import Address
from nat.simulator.clock import NANOSECONDS
from nat.simulator.datagram import VirtualDatagramTransport, check_address
from nat.simulator.errors import CallbackError, OutsideWorldError
from nat.simulator.host import Host, current_host
from nat.simulator.network import Network
from nat.simulator.node import WILDCARDS
from nat.simulator.readers import Readers
from nat.simulator.resolver import AddressInfo, Resolver
from nat.simulator.selector import VirtualSelector
from nat.simulator.servers import ProtocolFactory, VirtualServer
from nat.simulator.sockets import VirtualSocket
from nat.simulator.streams import Connecting, VirtualStreamTransport
from nat.simulator.waiting import VirtualFuture, VirtualTask, describe_waiting


class VirtualLoop(asyncio.BaseEventLoop):
    """One run of a world. Coroutines use it as they use any event loop."""

    def __init__(self, network: Network, resolver: Resolver) -> None:
        super().__init__()
        self.readers = Readers(self, resolver)
        self._failures: list[dict[str, Any]] = []
        self._network = network
        self._resolver = resolver
        self._numbers = itertools.count(1)
        self._tasks: weakref.WeakSet[VirtualTask] = weakref.WeakSet()
        self._selector = VirtualSelector(
            network, self._next_timer, self.raise_failure, lambda: describe_waiting(self)
        )
        self._scheduled: list[asyncio.TimerHandle]
        self._clock_resolution = 1 / NANOSECONDS
        self.set_exception_handler(self._note_failure)

    # time, tasks and failures

    def time(self) -> float:
        """Seconds since the world began."""
        return self._network.clock.monotonic()

    def set_deadline(self, when_ns: int | None) -> None:
        """Fail the run rather than pass this time."""
        self._selector.deadline_ns = when_ns

    def create_future(self) -> asyncio.Future[Any]:
        """A future that knows its number."""
        return VirtualFuture(loop=self, number=next(self._numbers))

    def create_task(self, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
        """A task that knows its number and its host."""
        task = VirtualTask(coro, loop=self, number=next(self._numbers), **kwargs)
        self._tasks.add(task)
        return task

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

    def _next_timer(self) -> float | None:
        return self._scheduled[0].when() if self._scheduled else None

    def _process_events(self, event_list: object) -> None:
        """Nothing to do: the selector has called the network, which called `call_soon`."""

    def _write_to_self(self) -> None:
        """Nothing to do: the selector never sleeps."""

    # UDP

    async def create_datagram_endpoint(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.DatagramProtocol],
        local_addr: Any = None,
        remote_addr: Any = None,
        *,
        family: int = 0,
        sock: Any = None,
        **_unused: Any,
    ) -> tuple[VirtualDatagramTransport, asyncio.DatagramProtocol]:
        """A UDP endpoint of the current host."""
        protocol = protocol_factory()
        transport = VirtualDatagramTransport(self, current_host(), protocol, self._resolver)
        try:
            await self._bind(transport, local_addr, remote_addr, family, sock)
        except BaseException:
            transport.socket.close()
            raise
        transport.start()
        await asyncio.sleep(0)
        return transport, protocol

    async def _bind(
        self,
        transport: VirtualDatagramTransport,
        local_addr: Any,
        remote_addr: Any,
        family: int,
        sock: Any,
    ) -> None:
        if sock is not None:
            if not isinstance(sock, VirtualSocket):
                raise OutsideWorldError(f"{sock!r} is not a socket of this world")
            transport.socket = sock.surrender(transport)
        elif local_addr is None and remote_addr is None:
            if family not in {socket.AF_INET, socket.AF_INET6}:
                raise ValueError("unexpected address family")
            transport.socket.bind(Address(WILDCARDS[family == socket.AF_INET6], 0))
        if local_addr is not None:
            transport.socket.bind(await self._resolve(local_addr, socket.SOCK_DGRAM, family))
        if remote_addr is not None:
            transport.socket.connect(await self._resolve(remote_addr, socket.SOCK_DGRAM, family))

    async def _resolve(self, address: Any, kind: int, family: int = 0) -> Address:
        check_address(address)
        found = await self.getaddrinfo(
            address[0], address[1], family=family, type=kind, flags=socket.AI_PASSIVE
        )
        host, port = found[0][4][:2]
        return Address(host, port)

    # TCP

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: ProtocolFactory,
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: Any = None,
        family: int = 0,
        sock: Any = None,
        local_addr: Any = None,
        **_unused: Any,
    ) -> tuple[VirtualStreamTransport, asyncio.BaseProtocol]:
        """A TCP connection from the current host; addresses are tried one after the other."""
        if ssl or sock is not None:
            raise OutsideWorldError("TLS, and TCP over a given socket, are not played here")
        local = None if local_addr is None else await self._resolve(local_addr, socket.SOCK_STREAM)
        found = await self.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        errors: list[OSError] = []
        for *_, address in found:
            try:
                transport = await self._connect(Address(*address[:2]), local)
            except OSError as error:
                errors.append(error)
            else:
                protocol = protocol_factory()
                transport.start(protocol)
                await asyncio.sleep(0)
                return transport, protocol
        raise _joined(errors)

    async def _connect(self, remote: Address, local: Address | None) -> VirtualStreamTransport:
        connection = current_host().tcp.connect(remote, local)
        await Connecting(self, connection).wait()
        return VirtualStreamTransport(self, connection)

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: ProtocolFactory,
        host: Any = None,
        port: int | None = None,
        *,
        family: int = 0,
        sock: Any = None,
        ssl: Any = None,
        start_serving: bool = True,
        **_unused: Any,
    ) -> VirtualServer:
        """A TCP server on the current host."""
        if ssl or sock is not None:
            raise OutsideWorldError("TLS, and TCP over a given socket, are not played here")
        here = current_host()
        hosts = [host] if host is None or isinstance(host, str) else list(host)
        addresses: dict[Address, None] = {}
        for one in hosts:
            for address in await self._listening_addresses(here, one, port or 0, family):
                addresses[address] = None
        server = VirtualServer(self, here, protocol_factory, list(addresses))
        if start_serving:
            await server.start_serving()
        return server

    async def _listening_addresses(
        self, here: Host, host: str | None, port: int, family: int
    ) -> list[Address]:
        if not host:
            six = any(":" in own for own in here.addresses)
            return [Address(one, port) for one in WILDCARDS[: 1 + six]]
        found = await self.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        return [Address(*address[:2]) for *_, address in found]

    # files, names, executors and signals

    def add_reader(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Call back whenever a virtual socket has something to read."""
        self.readers.add_reader(fd, callback, *args)

    def remove_reader(self, fd: Any) -> bool:
        """Tell whether there was one."""
        return self.readers.remove_reader(fd)

    def add_writer(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Call back, again and again, because a virtual socket can be written to."""
        self.readers.add_writer(fd, callback, *args)

    def remove_writer(self, fd: Any) -> bool:
        """Tell whether there was one."""
        return self.readers.remove_writer(fd)

    async def getaddrinfo(  # type: ignore[override]
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0,  # noqa: A002 -- asyncio's signature
        flags: int = 0,
    ) -> list[AddressInfo]:  # fmt: skip
        """Look a name up in the world."""
        return self._resolver.getaddrinfo(host, port, family, type, proto, flags)

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:  # noqa: ARG002 -- asyncio's signature
        """The address as text; names are not looked up backwards."""
        return str(sockaddr[0]), str(sockaddr[1])

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a function to its end while virtual time stands still.

        Without an executor it runs in this thread, so that the order of things stays the same.
        """
        future = self.create_future()
        try:
            result = func(*args) if executor is None else executor.submit(func, *args).result()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 -- whatever it raised belongs to the caller
            future.set_exception(error)
        else:
            future.set_result(result)
        return future

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Nothing: signals are not part of the world."""

    def remove_signal_handler(self, sig: int) -> bool:  # noqa: ARG002 -- asyncio's signature
        """Nothing was added."""
        return False


def _joined(errors: list[OSError]) -> OSError:
    """The error of a connection that failed at every address."""
    if len(errors) == 1:
        return errors[0]
    return OSError(errno.ECONNREFUSED, "; ".join(str(error) for error in errors))


def _describe_failure(context: dict[str, Any]) -> str:
    error = context["exception"]
    return f"{context.get('message', 'failure')}: {type(error).__name__}: {error}"
