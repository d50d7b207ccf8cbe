"""A listener and a relay socket whose sockets a test fills."""

from collections import deque

from relay.counters import Counters, Usage
from relay.datapath import Route, RoutesToClient, RoutesToPeers
from relay.drains import Listener, PacketBuffer, PacketSocket, RelaySocket
from relay.fivetuple import FiveTuple
from stunwire import Address, ChannelData

SERVER = Address("127.0.0.1", 3478)
CLIENT = Address("192.0.2.1", 5)
PEER = Address("192.0.1.7", 7000)


class FakeSocket:
    """What the drain loops need of a UDP socket, with queues in place of a network."""

    def __init__(self, address: Address = SERVER) -> None:
        self.waiting: deque = deque()
        self.sent: list[tuple[bytes, Address]] = []
        self.trains: list[int] = []
        self.errors: list[OSError] = []
        self.refuses_trains = False
        self.refuses = False
        self.reads_in_vain = 0
        self.closed = False
        self.address = address

    def recvfrom_into(self, buffer) -> tuple[int, tuple]:
        if self.closed:
            raise OSError(9, "Bad file descriptor")
        if not self.waiting:
            self.reads_in_vain += 1
            raise BlockingIOError
        data, source = self.waiting.popleft()
        if isinstance(data, OSError):
            raise data
        buffer[: len(data)] = data
        return len(data), source

    def sendto(self, data, address) -> None:
        if self.refuses:
            raise BlockingIOError
        if self.errors:
            raise self.errors.pop()
        self.sent.append((bytes(data), address))

    def sendmsg(self, packets, _, __, address) -> None:
        if self.refuses or self.refuses_trains:
            raise BlockingIOError
        self.trains.append(len(packets))
        self.sent += [(bytes(packet), address) for packet in packets]

    def getsockname(self) -> tuple[str, int]:
        return tuple(self.address)

    def fileno(self) -> int:
        return -1 if self.closed else 7


class CoreSide:
    """Keeps what is taken to the core."""

    def __init__(self) -> None:
        self.from_peers, self.errors = [], []

    def receive_from_peer(self, number: int, *packet) -> None:
        assert number == 1
        self.from_peers.append(packet)

    def receive_icmp(self, number: int, *error) -> None:
        assert number == 1
        self.errors.append(error)


class Bench:
    """A listener and a relay socket around one route."""

    def __init__(self) -> None:
        self.counters, self.handed_up, self.core_side = Counters(), [], CoreSide()
        self.from_peers, self.errors = self.core_side.from_peers, self.core_side.errors
        self.now = 0.0
        self.client_side, self.peer_side = FakeSocket(), FakeSocket(Address("127.0.0.1", 50000))
        self.route = Route(1, FiveTuple(CLIENT, SERVER), 0x4001, PEER, Usage(), 100.0)
        self.route_with({CLIENT: {0x4001: self.route}}, {PEER: self.route})

    def route_with(self, to_peers: RoutesToPeers, to_client: RoutesToClient) -> None:
        """Begin with these tables."""
        relays: dict[int, RelaySocket] = {}
        self.buffer = PacketBuffer(lambda opened: bool(opened.waiting))
        shared = {"buffer": self.buffer, "counters": self.counters}
        self.listener = Listener(
            self.client_side,
            routes=to_peers,
            relays=relays,
            hand_up=lambda *packet: self.handed_up.append(packet),
            **shared,
        )
        self.relay = relays[1] = RelaySocket(
            1,
            self.peer_side,
            to_client,
            listener=self.listener,
            core_side=self.core_side,
            **shared,
        )

    def expect(self, packets: int) -> None:
        """Let as many packets come each way, so that as many are expected next time."""
        self.client_side.waiting.extend([(ChannelData(0x4001, b"").encode(), CLIENT)] * packets)
        self.peer_side.waiting.extend([(b"", PEER)] * packets)
        self.drain(self.listener)
        self.drain(self.relay)

    def drain(self, packets: PacketSocket) -> None:
        """Drain as a selector does that is asked again and again, until nothing waits."""
        while packets.socket.waiting and not packets.socket.closed:
            packets.drain(self.now)
