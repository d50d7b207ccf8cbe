"""Listeners for DTLS: an own UDP socket, drained in a loop, with `relay.dtls` between it and the relay.

Towards the relay sockets such a listener looks as one for streams does: `send` takes a packet to a client. It
has a packet socket and is none, because what is sent through one goes out as it is.
"""

import socket
from collections.abc import Callable, Iterable
from typing import assert_never

from OpenSSL import SSL

from relay.alarm import Alarm
from relay.counters import Counters, DropReason
from relay.drains import PacketBuffer, PacketSocket
from relay.dtls import Dtls, DtlsOutput, SendDatagram, SessionEnded, TakeFrames
from relay.dtlslimits import DtlsLimits
from relay.fivetuple import FiveTuple, Transport
from relay.frames import Forwarder
from relay.outputs import ConnectionCut
from relay.shell import Shell
from relay.sockets import bound_address
from stunwire import Address

PACKETS_PER_WAKE = 16
"""After so many packets the others get their turn: each one may be a handshake, with a signature."""


class DtlsSocket(PacketSocket):
    """The socket of a listener, with nothing but records on it.

    Args:
        opened: the socket.
        buffer: what it reads into.
        counters: where drops are counted.
        hand_up: takes a datagram.
        drained: is called when a drain is over.
    """

    __slots__ = ("_drained", "_hand_up")

    def __init__(
        self,
        opened: socket.socket,
        *,
        buffer: PacketBuffer,
        counters: Counters,
        hand_up: Callable[[bytes, Address, float], None],
        drained: Callable[[], None],
    ) -> None:
        super().__init__(opened, buffer, counters)
        self._hand_up = hand_up
        self._drained = drained

    def drain(self, now: float) -> int:
        """Hand up what clients sent; return how many packets came."""
        receive, buffer, expected = self.socket.recvfrom_into, self._buffer, self._expected
        taken = 0
        for view, _ in buffer.slots[:PACKETS_PER_WAKE]:
            if taken == expected and not buffer.has_more(self.socket):
                break
            try:
                size, source = receive(view)
            except BlockingIOError:
                break
            except OSError:
                continue
            taken += 1
            client = self._address(source)
            if client is not None:
                self._hand_up(bytes(view[:size]), client, now)
        self._drained()
        return self._note(taken, 0)


class DtlsListener:
    """One address that clients talk DTLS to.

    Args:
        opened: its socket.
        limits: bounds of its sessions.
        cookie_key: secret of its cookies.
        context: gives what a new session starts with.
        shell: what is behind it.
    """

    def __init__(
        self,
        opened: socket.socket,
        *,
        limits: DtlsLimits,
        cookie_key: bytes,
        context: Callable[[], SSL.Context],
        shell: Shell,
    ) -> None:
        self.address = bound_address(opened)
        self._shell = shell
        self._counters = shell.core.live_counters
        self._socket = DtlsSocket(
            opened,
            buffer=shell.buffer,
            counters=self._counters,
            hand_up=self._receive,
            drained=self._set_alarm,
        )
        self._alarm = Alarm(self._handle_timer)
        self._dtls = Dtls(
            limits,
            cookie_key=cookie_key,
            context=context,
            counters=self._counters,
            excess=shell.core.excess,
            holds=lambda client: shell.holds(self._five_tuple(client)),
        )
        self._forwarder = Forwarder(
            shell.core.datapath.routes_to_peers(self.address, Transport.DTLS),
            shell.relays,
            self._counters,
            shell.receive_frame,
        )
        shell.watch(self._socket)

    def close(self) -> None:
        """Say goodbye to every client, and close the socket."""
        for output in self._dtls.end_all():
            if isinstance(output, SendDatagram):
                self._socket.send(output.data, output.client)
        self._alarm.set(None)
        self._shell.unwatch(self._socket)

    def send(self, data: bytes | memoryview, client: Address) -> None:
        """Send to a client; what cannot be sent is dropped and counted."""
        record = self._dtls.encrypt(data, client)
        if record is None:
            self._counters.drops[DropReason.SEND_FAILED] += 1
        else:
            self._socket.send(record, client)

    def _receive(self, data: bytes, client: Address, now: float) -> None:
        self._carry_out(self._dtls.receive_datagram(data, client, now), now)

    def _handle_timer(self, now: float) -> None:
        self._carry_out(self._dtls.handle_timer(now), now)
        self._set_alarm()

    def _set_alarm(self) -> None:
        self._alarm.set(self._dtls.next_deadline())

    def _carry_out(self, outputs: Iterable[DtlsOutput], now: float) -> None:
        for output in outputs:
            match output:
                case SendDatagram(data, client):
                    self._socket.send(data, client)
                case TakeFrames(frames, client):
                    self._forwarder.take(frames, self._five_tuple(client), now)
                case SessionEnded(client):
                    self._shell.receive_disconnect(self._five_tuple(client), now)
                case ConnectionCut():
                    self._shell.carry_out((output,), now)
                case unreachable:
                    assert_never(unreachable)

    def _five_tuple(self, client: Address) -> FiveTuple:
        return FiveTuple(client, self.address, Transport.DTLS)
