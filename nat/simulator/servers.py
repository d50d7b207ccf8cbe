"""TCP servers of asyncio on the virtual network."""

import asyncio
import contextvars
from collections.abc import Callable

from nat.packets import Address
from nat.simulator.connection import Connection
from nat.simulator.host import Host
from nat.simulator.streams import SocketView, VirtualStreamTransport

ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class VirtualServer(asyncio.AbstractServer):
    """What `loop.create_server` gives. Connections run in the context of its making."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        host: Host,
        factory: ProtocolFactory,
        addresses: list[Address],
    ) -> None:
        self._loop = loop
        self._host = host
        self._factory = factory
        self._context = contextvars.copy_context()
        self._transports: dict[VirtualStreamTransport, None] = {}
        self._listening: list[Address] = []
        self._serving = False
        self._forever: asyncio.Future[None] | None = None
        for address in addresses:
            self._listening.append(host.tcp.listen(address, self._accept))

    @property
    def sockets(self) -> tuple[SocketView, ...]:
        """The addresses it listens on, each like a socket."""
        return tuple(SocketView(address) for address in self._listening)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop it runs on."""
        return self._loop

    def is_serving(self) -> bool:
        """Tell whether it accepts connections."""
        return self._serving

    async def start_serving(self) -> None:
        """Accept connections from now on."""
        self._serving = True

    async def serve_forever(self) -> None:
        """Accept connections until cancelled."""
        self._serving = True
        self._forever = self._loop.create_future()
        try:
            await self._forever
        finally:
            self.close()

    def close(self) -> None:
        """Accept no more. Connections made stay."""
        for address in self._listening:
            self._host.tcp.unlisten(address)
        self._listening.clear()
        self._serving = False
        if self._forever is not None and not self._forever.done():
            self._forever.cancel()

    def close_clients(self) -> None:
        """Close the connections made."""
        for transport in list(self._transports):
            transport.close()

    def abort_clients(self) -> None:
        """Reset the connections made."""
        for transport in list(self._transports):
            transport.abort()

    async def wait_closed(self) -> None:
        """Return at once, as in Python 3.11: `close` has freed the addresses."""

    def _accept(self, connection: Connection) -> None:
        if not self._serving:
            connection.abort()
            return
        self._loop.call_soon(self._welcome, connection, context=self._context)

    def _welcome(self, connection: Connection) -> None:
        transport = VirtualStreamTransport(self._loop, connection, self._forget)
        self._transports[transport] = None
        transport.start(self._factory())

    def _forget(self, transport: VirtualStreamTransport) -> None:
        self._transports.pop(transport, None)
