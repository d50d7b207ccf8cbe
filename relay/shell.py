"""The shell around the core: passes in what came, carries out what the core wants, re-arms one timer."""

import asyncio
import time
from collections.abc import Iterable
from typing import assert_never

from relay.alarm import Alarm
from relay.asking import Asking
from relay.core import Relay
from relay.drains import ClientSide, PacketBuffer, PacketSocket, RelaySocket
from relay.errorqueue import keep_errors
from relay.eventloop import RelayEventLoop
from relay.fivetuple import FiveTuple, Transport
from relay.fragmentation import allow_fragments
from relay.interfaces import PeerTransport
from relay.journal import Journal
from relay.outputs import (
    AcceptPeer,
    AskForUser,
    CloseDataConnection,
    ClosePeerConnection,
    CloseRelaySocket,
    ConnectToPeer,
    JoinConnections,
    News,
    OpenRelaySocket,
    Output,
    PeerWork,
    RedirectRelaySocket,
    SendToClient,
    SendToPeer,
    SocketWork,
    StopAsking,
)
from relay.peersockets import PeerSockets
from relay.sockets import RELAY_BUFFER, has_more, may_have_more, open_udp_socket
from relay.streamlistener import ClientConnection, StreamListener
from relay.users import Answer
from stunwire import Address, Icmp


class Shell:
    """What listeners hand up to, and what the core's outputs are carried out by.

    `core` is set once the listeners are bound, since their addresses are what the core begins with; `asking`
    with it.

    Args:
        journal: takes the news.
    """

    core: Relay
    asking: Asking

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._loop = asyncio.get_running_loop()
        is_ours = isinstance(self._loop, RelayEventLoop)  # then the sockets are the system's
        self.buffer = PacketBuffer(has_more if is_ours else may_have_more)
        self.relays: dict[int, RelaySocket] = {}
        self.ways: dict[tuple[Address, Transport], ClientSide] = {}
        self._peers = PeerSockets(
            accepted=self._receive_peer_connection,
            connected=self._receive_connected,
            lost=self._receive_peer_closed,
        )
        self._alarm = Alarm(self._handle_timer)

    def watch(self, packets: PacketSocket) -> None:
        """Drain a packet socket from now on: in the selector of our own loop, as asyncio does it elsewhere."""
        fd = packets.socket.fileno()
        if isinstance(self._loop, RelayEventLoop):
            self._loop.add_drain(fd, packets.drain)
        else:
            self._loop.add_reader(fd, lambda: packets.drain(self._loop.time()))

    def unwatch(self, packets: PacketSocket) -> None:
        """Drain it no more, and close it."""
        fd = packets.socket.fileno()
        if isinstance(self._loop, RelayEventLoop):
            self._loop.remove_drain(fd)
        else:
            self._loop.remove_reader(fd)
        packets.socket.close()

    def close(self) -> None:
        """End every allocation, and let go of the timer."""
        now = self._loop.time()
        self.carry_out(self.core.end_all("the relay closed", now), now)
        self._alarm.set(None)

    def receive_datagram(self, data: bytes, source: Address, server: Address, now: float) -> None:
        """Take in what came to the UDP listener at `server`."""
        # The wall clock serves one purpose: time-limited credentials name their end in it.
        outputs = self.core.receive_datagram(data, source, server, unix_now=time.time(), now=now)
        self.carry_out(outputs, now)

    def receive_frame(self, data: bytes, five_tuple: FiveTuple, now: float) -> None:
        """Take in a frame of a client's stream."""
        outputs = self.core.receive_frame(data, five_tuple, unix_now=time.time(), now=now)
        self.carry_out(outputs, now)

    def receive_from_peer(self, number: int, data: bytes, source: Address, now: float) -> None:
        """Take in what came to the relay socket of an allocation."""
        self.carry_out(self.core.receive_from_peer(number, data, source, now), now)

    def receive_icmp(self, number: int, icmp: Icmp, target: Address, now: float) -> None:
        """Take in an ICMP error about a packet of an allocation."""
        self.carry_out(self.core.receive_icmp(number, icmp, target, now), now)

    def receive_disconnect(self, five_tuple: FiveTuple, now: float) -> None:
        """Hear that a client's connection is gone."""
        self.carry_out(self.core.receive_disconnect(five_tuple, now), now)

    def receive_user(self, number: int, answer: Answer) -> None:
        """Hear what a hook answered."""
        now = self._loop.time()
        self.carry_out(self.core.receive_user(number, answer, now), now)

    def holds(self, five_tuple: FiveTuple) -> bool:
        """Say whether a client has an allocation."""
        return self.core.holds(five_tuple)

    def waits(self, five_tuple: FiveTuple) -> bool:
        """Say whether a request of a client waits for a hook."""
        return self.core.waits(five_tuple)

    def carry_out(self, outputs: Iterable[Output], now: float) -> None:
        """Do what the core wants done, and see to its next deadline."""
        todo = list(outputs)
        for output in todo:  # which grows meanwhile
            if isinstance(output, SendToClient):  # most are
                five_tuple = output.five_tuple
                self.ways[five_tuple[1:]].send(output.data, five_tuple.client)
                continue
            if isinstance(output, News):
                self._journal.write(output, now)
                continue
            match output:
                case SendToPeer(number, peer, data, dont_fragment):
                    relay = self.relays[number]
                    (relay.send_whole if dont_fragment else relay.send)(data, peer)
                case OpenRelaySocket() | RedirectRelaySocket() | CloseRelaySocket() as wanted:
                    todo.extend(self._change_relay(wanted, now))
                case AskForUser() as question:
                    self.asking.ask(question)
                case StopAsking(number):
                    self.asking.stop(number)
                case (
                    ConnectToPeer()
                    | AcceptPeer()
                    | JoinConnections()
                    | ClosePeerConnection()
                    | CloseDataConnection()
                ) as wanted_of_peer:
                    todo.extend(self._carry_out_over_tcp(wanted_of_peer, now))
                case unreachable:
                    assert_never(unreachable)
        self._alarm.set(self.core.next_deadline())

    def _receive_peer_connection(self, number: int, source: Address) -> None:
        now = self._loop.time()
        self.carry_out(self.core.receive_peer_connection(number, source, now), now)

    def _receive_connected(self, connection: int, made: bool) -> None:  # noqa: FBT001 - a callback
        now = self._loop.time()
        if made:
            self.carry_out(self.core.receive_connected(connection, now), now)
        else:
            self._peers.close(connection)
            self.carry_out(self.core.receive_connect_failed(connection, now), now)

    def _receive_peer_closed(self, connection: int) -> None:
        now = self._loop.time()
        self.carry_out(self.core.receive_peer_closed(connection, now), now)

    def _handle_timer(self, now: float) -> None:
        self.carry_out(self.core.handle_timer(now), now)

    def _change_relay(self, wanted: SocketWork, now: float) -> list[Output]:
        match wanted:
            case OpenRelaySocket():
                return self._open_relay(wanted, now)
            case RedirectRelaySocket(number, five_tuple):
                self.relays[number].lead_to(self.ways[five_tuple[1:]])
            case CloseRelaySocket(number):
                self._close_relay(number)
            case unreachable:
                assert_never(unreachable)
        return []

    def _carry_out_over_tcp(self, wanted: PeerWork, now: float) -> list[Output]:
        match wanted:
            case ConnectToPeer(number, connection, peer):
                if not self._peers.connect(number, connection, peer):
                    return self.core.receive_connect_failed(connection, now)
            case AcceptPeer(_, connection, _):
                self._peers.accept(connection)
            case JoinConnections(connection, five_tuple, meter):
                data = self._data_connection(five_tuple)
                if data is not None:
                    data.join(self._peers.link(connection), meter)
            case ClosePeerConnection(connection):
                self._peers.close(connection)
            case CloseDataConnection(five_tuple):
                data = self._data_connection(five_tuple)
                if data is not None:
                    data.finish()
            case unreachable:
                assert_never(unreachable)
        return []

    def _data_connection(self, five_tuple: FiveTuple) -> ClientConnection | None:
        listener = self.ways.get(five_tuple[1:])
        assert listener is None or isinstance(listener, StreamListener)
        return None if listener is None else listener.connection_of(five_tuple.client)

    def _open_relay(self, wanted: OpenRelaySocket, now: float) -> list[Output]:
        try:
            if wanted.transport is PeerTransport.TCP:
                self._peers.listen(wanted.allocation, wanted.address)
                return self.core.receive_relay_opened(wanted.allocation, now)
            opened = open_udp_socket(wanted.address, buffer_size=RELAY_BUFFER)
        except OSError:
            return self.core.receive_relay_refused(wanted.allocation, now)
        allow_fragments(opened, wanted.address.host)
        keep_errors(opened)
        relay = RelaySocket(
            wanted.allocation,
            opened,
            self.core.datapath.routes_to_client(wanted.allocation),
            listener=self.ways[wanted.five_tuple[1:]],
            buffer=self.buffer,
            counters=self.core.live_counters,
            core_side=self,
        )
        self.relays[wanted.allocation] = relay
        self.watch(relay)
        return self.core.receive_relay_opened(wanted.allocation, now)

    def _close_relay(self, number: int) -> None:
        if number in self._peers:
            self._peers.unlisten(number)
            return
        self.unwatch(self.relays.pop(number))
