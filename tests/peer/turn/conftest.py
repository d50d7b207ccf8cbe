"""A TURN client's core and our relay's, joined by a wire without time or sockets."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from peer.turn import Allocated, Ended, Output, SendToServer, TurnClient
from relay import PeerPolicy, Relay, Settings
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import OpenRelaySocket, SendToClient, SendToPeer
from stunwire import Address, Carrier, Family, LongTermCredential, Message, Method, decode

SERVER = Address("198.51.100.10", 3478)
CLIENT = Address("203.0.113.9", 40000)
PEER = Address("203.0.113.77", 7000)
BOTH = (Family.IPV4, Family.IPV6)


@dataclass
class Wire:
    """Carries frames between the two, at once, and keeps what each of them wants besides.

    Args:
        lose: Which frames of the client get lost.
        has_ports: Whether the relay finds a port to relay from.
    """

    password: str = "wonder"
    carrier: Carrier = Carrier.DATAGRAM
    families: tuple[Family, ...] = BOTH
    lose: Callable[[bytes], bool] = lambda data: False
    settings: dict[str, Any] = field(default_factory=dict)
    has_ports: bool = True

    def __post_init__(self) -> None:
        self.now = 1000.0
        self.client_address = CLIENT
        self.client = TurnClient(
            LongTermCredential("alice", self.password),
            carrier=self.carrier,
            families=self.families,
            random_bytes=random.Random(1).randbytes,
        )
        self.restart()
        #: What the client told, without the bytes it sent.
        self.told: list[Output] = []
        #: What the client sent, lost or not.
        self.sent: list[bytes] = []
        #: What the relay sent to peers.
        self.relayed: list[SendToPeer] = []
        #: The relay's sockets: allocation number and address.
        self.sockets: dict[int, Address] = {}

    def restart(self, **settings: Any) -> None:
        """Let a relay that knows nothing take the place of the one before."""
        made = {
            "listen": (SERVER,),
            "users": {"alice": "wonder"},
            "realm": "lab",
            "peers": PeerPolicy(allow=("203.0.113.0/24", "2001:db8::/32")),
            **self.settings,
            **settings,
        }
        self.relay = Relay(
            Settings(**made),
            listeners=(SERVER,),
            nonce_secret=random.Random(repr(made)).randbytes(32),
            random_below=random.Random(7).randrange,
        )

    @property
    def five_tuple(self) -> FiveTuple:
        stream = self.carrier is Carrier.STREAM
        return FiveTuple(self.client_address, SERVER, Transport.TCP if stream else Transport.UDP)

    def play(self, outputs: list[Output]) -> list[Output]:
        """Carry the client's bytes over, and back, until both are silent; return what it told."""
        told: list[Output] = []
        for output in outputs:
            if isinstance(output, SendToServer):
                self.sent.append(output.data)
                told += [] if self.lose(output.data) else self._serve(output.data)
            else:
                told.append(output)
                self.told.append(output)
        return told

    def _serve(self, data: bytes) -> list[Output]:
        if self.carrier is Carrier.STREAM and data[0] >= 0x40:
            data = data[: 4 + int.from_bytes(data[2:4], "big")]
        told: list[Output] = []
        todo = list(
            self.relay.receive_frame(data, self.five_tuple, unix_now=self.now, now=self.now)
        )
        while todo:
            match todo.pop(0):
                case OpenRelaySocket(number, address):
                    self.sockets[number] = address
                    settle = self.relay.receive_relay_opened
                    if not self.has_ports:
                        settle = self.relay.receive_relay_refused
                    todo += settle(number, self.now)
                case SendToClient(_, answer):
                    told += self.play(self.client.receive_frame(answer, self.now))
                case SendToPeer() as sent:
                    self.relayed.append(sent)
                case _:
                    pass
        return told

    def hear(self, data: bytes, peer: Address = PEER) -> list[Output]:
        """Let a peer send to the relayed address of its family."""
        told: list[Output] = []
        for number, address in self.sockets.items():
            if address.family is peer.family:
                for output in self.relay.receive_from_peer(number, data, peer, self.now):
                    if isinstance(output, SendToClient):
                        told += self.play(self.client.receive_frame(output.data, self.now))
        return told

    def allocate(self) -> Allocated:
        (allocated,) = self.play(self.client.allocate(self.now))
        assert isinstance(allocated, Allocated)
        return allocated

    def send(self, data: bytes, peer: Address = PEER) -> list[Output]:
        return self.play(self.client.send(data, peer, self.now))

    def pass_time(self, seconds: float) -> list[Output]:
        """Let both cores' timers fire until then."""
        end, told = self.now + seconds, []
        while True:
            deadlines = (self.client.next_deadline(), self.relay.next_deadline())
            due = min((one for one in deadlines if one is not None), default=float("inf"))
            if due > end:
                self.now = end
                return told
            self.now = max(self.now, due)
            told += self.play(self.client.handle_timer(self.now))
            self.relay.handle_timer(self.now)
            after = self.client.next_deadline()
            assert after is None or after > self.now, "a timer that fires without end"

    def requests(self, method: Method) -> list[Message]:
        """The requests of a method that the client has sent, each sending of them."""
        frames = [decode(data) for data in self.sent if data[0] < 4]
        return [message for message in frames if message.method == method]

    @property
    def ended(self) -> list[Ended]:
        return [output for output in self.told if isinstance(output, Ended)]


@pytest.fixture
def make_wire() -> type[Wire]:
    return Wire


@pytest.fixture
def wire() -> Wire:
    """With an allocation."""
    made = Wire()
    made.allocate()
    return made
