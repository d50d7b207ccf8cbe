"""A NAT's or a firewall's UPnP device for real programs: TCP is the kernel's, everything else stays simulated."""

import asyncio
import contextlib
import socket

from nat.kernel import Namespaces
from nat.packets import Packet, Protocol
from nat.simulator.host import Host
from nat.simulator.router import MAX_VISITORS, WEB_PORT, Router
from nat.tun.clock import RealTime
from nat.tun.device import TunDevice
from nat.wireformat import decode, encode

_READ = 65536


class RouterMachine:
    """The inside of a NAT or a firewall: a namespace in which a web server stands for the device.

    Args:
        clock: reads the interface.
    """

    def __init__(self, router: Router, namespaces: Namespaces, clock: RealTime) -> None:
        self._router = router
        self._host: Host = router.host
        self._clock = clock
        self._visitors: set[asyncio.StreamWriter] = set()
        namespace = namespaces.create(self._host.name)
        self._device = TunDevice(namespace, "eth0")
        self._listener: asyncio.Server | None = None
        family = socket.AF_INET6 if ":" in self._host.address else socket.AF_INET
        self._socket = namespace.socket(family, socket.SOCK_STREAM)
        clock.attach(self._device, self.hear)
        try:
            self._device.set_up(tuple(map(str, self._host.node.interfaces())))
            self._socket.bind((self._host.address, WEB_PORT))
        except BaseException:
            self.close()
            raise
        self._host.body = self

    async def serve(self) -> None:
        """Listen until it is closed."""
        self._listener = await asyncio.start_server(self._welcome, sock=self._socket)

    def receive(self, packet: Packet, number: int) -> None:
        """Take a packet that was sent to the NAT itself."""
        if packet.protocol is not Protocol.TCP:
            self._host.take(packet, number)
        elif self._device.write(encode(packet)) is None:
            self._host.node.note_delivered(packet, number)

    def rewire(self) -> None:
        """A NAT's inside stays where it is."""

    def hear(self, data: bytes) -> None:
        """Take what the kernel sends: its TCP alone is the router's."""
        packet = decode(data)
        if packet is not None and packet.protocol is Protocol.TCP:
            self._host.node.send(packet)

    def close(self) -> None:
        """Go; the router is simulated again."""
        self._host.body = None
        self._clock.detach(self._device)
        self._device.close()
        if self._listener is not None:
            self._listener.close()
        self._socket.close()
        for visitor in self._visitors:
            visitor.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._visitors) < MAX_VISITORS:
            self._visitors.add(writer)
            web = self._router.visit(writer.get_extra_info("peername")[0])
            now = self._host.node.network.clock.monotonic
            with contextlib.suppress(OSError):
                while not web.done and (data := await reader.read(_READ)):
                    writer.write(web.receive(data, now()))
                    await writer.drain()
        self._visitors.discard(writer)
        writer.close()
