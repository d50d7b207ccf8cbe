"""A connection to a TURN server over UDP, TCP or TLS: the shell of `peer.turn`."""

import asyncio
import os
import ssl
from dataclasses import dataclass
from typing import Any, Final

from peer.candidates import Address
from peer.engine.hosts import open_socket, widen
from peer.engine.relayerrors import (
    PeerRefusedError,
    PeerUnreachableError,
    RedirectedError,
    RelayError,
    describe,
)
from peer.localaddresses import LocalAddress
from peer.servers import Transport
from peer.turn import (
    Allocated,
    Ended,
    Failed,
    Output,
    PeerRefused,
    PeerUnreachable,
    Received,
    Redirected,
    SendToServer,
    TurnClient,
)
from stunwire import Address as StunAddress
from stunwire import Carrier, Family, LongTermCredential, StreamCutter, StreamError

#: Bytes that may wait for a slow stream; what comes beyond is lost, as it would be over UDP.
MOST_WAITING: Final = 1 << 18
_FIRST_CHANNEL_BYTE: Final = 0x40
#: While data flows the timer is set once a second: it would cost more than a packet does.
_COARSE: Final = 1.0
_SEND_INDICATION: Final = b"\x00\x16"


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is reached.

    Attributes:
        address: Of the server.
        transport: UDP, TCP or TLS.
        name: What its certificate must bear.
        tls: How it is verified.
        local: The local address to use, or `None` for the system's choice.
        port_range: Of the local UDP port.
    """

    address: Address
    transport: Transport
    name: str
    tls: ssl.SSLContext | None = None
    local: LocalAddress | None = None
    port_range: tuple[int, int] | None = None


class RelayLink:
    """One allocation: its connection to the server, its core and a transport for each relayed address.

    Args:
        credentials: The user name and the password.
        way: How the server is reached.
        families: Which relayed addresses are wanted.
    """

    def __init__(
        self, credentials: LongTermCredential, way: Way, families: tuple[Family, ...]
    ) -> None:
        self.way = way
        self._is_datagram = way.transport is Transport.UDP
        self._loop = asyncio.get_running_loop()
        self._core = TurnClient(
            credentials,
            carrier=_carrier(way.transport),
            families=families,
            random_bytes=os.urandom,
        )
        self._transport: asyncio.DatagramTransport | asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_at = 0.0
        self._allocated: asyncio.Future[Allocated] = self._loop.create_future()
        #: By whether they are of IPv6.
        self._transports: dict[bool, RelayedTransport] = {}
        self._ended = False
        #: Done when the allocation is over and the socket closed.
        self.over: asyncio.Future[None] = self._loop.create_future()

    async def allocate(self) -> Allocated:
        """Connect and ask for the allocation.

        Raises:
            RelayError: There will be none.
            RedirectedError: Another server is to be asked.
            OSError: The server cannot be reached.
        """
        try:
            await self._connect()
            self._perform(self._core.allocate(self._loop.time()))
            return await self._allocated
        except BaseException:
            self.close()
            raise

    def transport_for(
        self, relayed: Address, mapped: Address, protocol: asyncio.DatagramProtocol
    ) -> None:
        """Give a protocol the transport of one of the relayed addresses."""
        transport = RelayedTransport(self, relayed, mapped, protocol)
        self._transports[":" in relayed[0]] = transport
        protocol.connection_made(transport)

    def send(self, data: bytes, peer: Address) -> None:
        """Send data to a peer."""
        now = self._loop.time()
        framed = self._core.frame(data, StunAddress(*peer), now)
        if framed is None:
            self._perform(self._core.send(data, StunAddress(*peer), now))
        else:
            self._write(framed)
            self._arm_coarsely(now)

    def permit(self, peer: Address) -> None:
        """Let a peer send to us."""
        self._perform(self._core.permit(StunAddress(*peer), self._loop.time()))

    def release(self, transport: "RelayedTransport") -> None:
        """Do without one of the transports; without any the allocation is given back."""
        if all(other.is_closing() for other in self._transports.values()):
            self.close()
        else:
            self._loop.call_soon(transport.lost, None)

    def close(self) -> None:
        """Give the allocation back, in the background and within a second."""
        if self._ended:
            return
        if self._transport is None:
            self._end(None)
        else:
            self._perform(self._core.close(self._loop.time()))

    def abort(self) -> None:
        """Leave the allocation to expire (RFC 8656 §6)."""
        self._end(None)

    # What the sockets bring

    def frame_received(self, data: bytes) -> None:
        """Take in a frame from the server."""
        now = self._loop.time()
        if data and data[0] >= _FIRST_CHANNEL_BYTE:
            found = self._core.unframe(data, now)
            if found is not None:
                self._deliver(*found)
            self._arm_coarsely(now)
        else:
            self._perform(self._core.receive_frame(data, now))

    def refused(self, error: Exception) -> None:
        """Hear of an error at the socket. Only a refusal tells that the server is gone."""
        if isinstance(error, ConnectionRefusedError) or not self._allocated.done():
            reason = describe(error)
            self._perform(self._core.receive_refusal(reason, self._loop.time()))

    def disconnected(self, error: Exception | None) -> None:
        """Hear that the connection to the server is gone."""
        reason = "the relay has closed the connection" if error is None else describe(error)
        self._perform(self._core.receive_disconnect(reason))
        self._socket_closed()

    async def _connect(self) -> None:
        way = self.way
        if way.transport is Transport.UDP:
            await self._connect_datagrams()
            return
        local = None if way.local is None else (way.local.host, 0)
        context = way.tls if way.transport is Transport.TLS else None
        self._transport, _ = await self._loop.create_connection(
            lambda: _Stream(self),
            *way.address,
            ssl=context,
            server_hostname=None if context is None else way.name,
            local_addr=local,
        )

    async def _connect_datagrams(self) -> None:
        way = self.way
        if way.local is None and way.port_range is None:
            self._transport, _ = await self._loop.create_datagram_endpoint(
                lambda: _Datagrams(self), remote_addr=way.address
            )
            widen(self._transport)
            return
        wildcard = LocalAddress("::" if ":" in way.address[0] else "0.0.0.0")
        self._transport, _ = await open_socket(
            lambda: _Datagrams(self), way.local or wildcard, way.port_range, remote=way.address
        )

    # What the core wants

    def _perform(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case SendToServer(data):
                    self._write(data)
                case Received(data, peer):
                    self._deliver(data, peer)
                case PeerRefused(peer, reason, code):
                    self._complain(peer, PeerRefusedError(peer, reason, code))
                case PeerUnreachable(peer, icmp_type, icmp_code):
                    self._complain(peer, PeerUnreachableError(peer, icmp_type, icmp_code))
                case _:
                    self._conclude(output)
        self._arm()

    def _conclude(self, output: Output) -> None:
        match output:
            case Allocated() if not self._allocated.done():
                self._allocated.set_result(output)
            case Failed(reason, code):
                self._end(RelayError(reason, code))
            case Redirected():
                self._end(RedirectedError(output))
            case Ended(reason):
                self._end(None if reason is None else RelayError(reason))
            case _:
                pass

    def _write(self, data: bytes) -> None:
        transport: Any = self._transport
        if transport is None or transport.is_closing():
            return
        if self._is_datagram:
            transport.sendto(data)
            return
        is_data = data[0] >= _FIRST_CHANNEL_BYTE or data.startswith(_SEND_INDICATION)
        if not is_data or transport.get_write_buffer_size() < MOST_WAITING:
            transport.write(data)

    def _deliver(self, data: bytes, peer: StunAddress) -> None:
        transport = self._transports.get(":" in peer.host)
        if transport is not None and not transport.is_closing():
            transport.protocol.datagram_received(data, peer)

    def _complain(self, peer: StunAddress, error: OSError) -> None:
        transport = self._transports.get(":" in peer.host)
        if transport is not None and not transport.is_closing():
            transport.protocol.error_received(error)

    def _end(self, error: RelayError | None) -> None:
        if self._ended:
            return
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is None:
            self._socket_closed()
        else:
            # Nothing that matters is under way, and TLS would wait for the other side's goodbye.
            self._transport.abort()
        if not self._allocated.done():
            self._allocated.set_exception(error or RelayError("it was given up"))
            self._allocated.exception()  # nobody need wait for it any more
        for transport in self._transports.values():
            transport.lost(error)

    def _socket_closed(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def _arm_coarsely(self, now: float) -> None:
        if now - self._armed_at >= _COARSE:
            self._arm()

    def _arm(self) -> None:
        self._armed_at = self._loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = None if self._ended else self._core.next_deadline()
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._timer_fired)

    def _timer_fired(self) -> None:
        self._perform(self._core.handle_timer(self._loop.time()))


class RelayedTransport(asyncio.DatagramTransport):
    """A datagram transport whose packets go through a relay.

    Args:
        link: The allocation.
        relayed: The relayed address.
        mapped: Where the relay sees us.
        protocol: Who takes what comes.
    """

    def __init__(
        self,
        link: RelayLink,
        relayed: Address,
        mapped: Address,
        protocol: asyncio.DatagramProtocol,
    ) -> None:
        super().__init__({"sockname": relayed, "related_address": mapped})
        self.protocol = protocol
        self._link = link
        self._closing = False
        self._lost = False

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send to a peer; nothing goes out once the transport is closed."""
        if not self._closing:
            self._link.send(bytes(data), (addr[0], addr[1]))

    def permit(self, peer: Address) -> None:
        """Let a peer's packets through, before anything is sent to it."""
        if not self._closing:
            self._link.permit(peer)

    def is_closing(self) -> bool:
        """Whether it is closed, or the allocation lost."""
        return self._closing

    def close(self) -> None:
        """Close; the protocol hears of it when the allocation is given back."""
        if not self._closing:
            self._closing = True
            self._link.release(self)

    def abort(self) -> None:
        """Close at once, and leave the allocation to expire."""
        self._closing = True
        self._link.abort()

    def lost(self, error: Exception | None) -> None:
        """Tell the protocol that there is nothing left, once."""
        self._closing = True
        if not self._lost:
            self._lost = True
            self.protocol.connection_lost(error)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, link: RelayLink) -> None:
        self._link = link

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - the socket is connected
        self._link.frame_received(data)

    def error_received(self, exc: Exception) -> None:
        self._link.refused(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.disconnected(exc)


class _Stream(asyncio.Protocol):
    def __init__(self, link: RelayLink) -> None:
        self._link = link
        self._cutter = StreamCutter()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            frames: tuple[bytes, ...] | list[bytes] = self._cutter.feed(data)
        except StreamError as error:
            frames = error.frames
            assert self._transport is not None
            self._transport.close()
        for frame in frames:
            self._link.frame_received(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.disconnected(exc)


def _carrier(transport: Transport) -> Carrier:
    return Carrier.DATAGRAM if transport is Transport.UDP else Carrier.STREAM
