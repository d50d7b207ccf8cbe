"""A relay core in a small world: a clock that tests set, clients that speak TURN, and no sockets."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from OpenSSL import SSL

from relay import Counters, DropReason, DtlsLimits, Relay, Settings
from relay.certificates import make_dtls_context
from relay.discovery import Quartet
from relay.dtls import Dtls, SendDatagram
from relay.eventloop import RelayEventLoop
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import (
    AskForUser,
    CloseRelaySocket,
    OpenRelaySocket,
    Output,
    SendToClient,
    SendToPeer,
)
from relay.users import NOBODY, Answer, UserList
from stunwire import (
    Address,
    Attribute,
    ChannelData,
    ChannelNumber,
    Class,
    Data,
    ErrorCode,
    ErrorCodes,
    Integrity,
    IntegrityKey,
    Lifetime,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
    long_term_key,
)

SERVER = Address("198.51.99.1", 3478)
REALM = "lab.example"
DTLS_CLIENT = Address("203.0.113.9", 40000)
UDP = RequestedTransport(17)


class World:
    """A relay core, its time, and what it asked its shell to do."""

    def __init__(
        self,
        *,
        quartet: Quartet | None = None,
        can_forbid_fragments: bool = False,
        listed: UserList = NOBODY,
        **settings: Any,
    ) -> None:
        settings.setdefault("listen", (SERVER,))
        settings.setdefault("users", {"alice": "wonder", "bob": "builder"})
        settings.setdefault("realm", REALM)
        self.settings = Settings(**settings)
        self.now = 1000.0
        self.unix_now = 1_700_000_000.0
        self.relay = Relay(
            self.settings,
            listeners=self.settings.listen,
            nonce_secret=b"0123456789abcdef0123456789abcdef",
            random_below=random.Random(7).randrange,
            can_forbid_fragments=can_forbid_fragments,
            quartet=quartet,
            users=listed,
        )
        self.busy: Callable[[Address], bool] = lambda address: False
        self.answer: Callable[[str], Answer | None] = lambda username: None
        """What a hook says at once about a user; None while it thinks."""
        self.opened: list[Address] = []
        self.closed: list[int] = []
        self.outputs: list[Output] = []
        self._transaction_ids = count(1)

    def client(self, host: str = "203.0.113.9", port: int = 40000, user: str = "alice") -> "Client":
        return Client(self, Address(host, port), user, self.settings.users.get(user, "?"))

    def transaction_id(self) -> bytes:
        return next(self._transaction_ids).to_bytes(12, "big")

    def receive(self, data: bytes, source: Address, server: Address = SERVER) -> list[Output]:
        """Give the core a datagram, play the shell, and return all outputs."""
        return self._play(
            self.relay.receive_datagram(data, source, server, unix_now=self.unix_now, now=self.now)
        )

    def receive_frame(self, data: bytes, five_tuple: FiveTuple) -> list[Output]:
        """Give the core a frame of a connection."""
        return self._play(
            self.relay.receive_frame(data, five_tuple, unix_now=self.unix_now, now=self.now)
        )

    def disconnect(self, five_tuple: FiveTuple) -> list[Output]:
        """Tell the core that a connection is gone."""
        return self._play(self.relay.receive_disconnect(five_tuple, self.now))

    def receive_user(self, number: int, answer: Answer) -> list[Output]:
        """Tell the core what a hook says."""
        return self._play(self.relay.receive_user(number, answer, self.now))

    def receive_from_peer(self, allocation: int, data: bytes, source: Address) -> list[Output]:
        return self._play(self.relay.receive_from_peer(allocation, data, source, self.now))

    def pass_time(self, seconds: float) -> list[Output]:
        """Let time go by, and call the timer whenever the core wants it to be called."""
        end, outputs = self.now + seconds, []
        while (deadline := self.relay.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            outputs += self._play(self.relay.handle_timer(self.now))
            self._must_move_on(deadline)
        self.unix_now += seconds
        self.now = end
        return outputs

    def _must_move_on(self, deadline: float) -> None:
        after = self.relay.next_deadline()
        assert after is None or after > deadline, "a timer that fires without end"

    def _play(self, outputs: list[Output]) -> list[Output]:
        todo, done = list(outputs), []
        while todo:
            output = todo.pop(0)
            done.append(output)
            match output:
                case OpenRelaySocket(number, address):
                    if self.busy(address):
                        todo += self.relay.receive_relay_refused(number, self.now)
                    else:
                        self.opened.append(address)
                        todo += self.relay.receive_relay_opened(number, self.now)
                case CloseRelaySocket(number):
                    self.closed.append(number)
                case AskForUser(number, username):
                    answer = self.answer(username)
                    if answer is not None:
                        todo += self.relay.receive_user(number, answer, self.now)
        self.outputs += done
        return done


@dataclass
class Client:
    """Speaks TURN to the core of a world, from one address."""

    world: World
    address: Address
    user: str
    password: str
    nonce: str | None = None
    relayed: Address | None = None
    number: int | None = None
    integrity: Integrity = Integrity.SHA1
    proof: tuple[Attribute, ...] = field(default=())
    transport: Transport = Transport.UDP

    @property
    def five_tuple(self) -> FiveTuple:
        return FiveTuple(self.address, SERVER, self.transport)

    @property
    def key(self) -> bytes:
        return long_term_key(self.user, self.world.settings.realm, self.password)

    def raw(self, data: bytes) -> list[Output]:
        if self.transport is not Transport.UDP:
            return self.world.receive_frame(data, self.five_tuple)
        return self.world.receive(data, self.address)

    def ask(self, message: Message, **encoding: Any) -> Message | None:
        """Send a message as it is, and return the one reply, if there is one."""
        return self.reply(self.raw(message.encode(**encoding)))

    def reply(self, outputs: list[Output]) -> Message | None:
        replies = [o for o in outputs if isinstance(o, SendToClient)]
        assert len(replies) <= 1
        if not replies:
            return None
        assert replies[0].five_tuple.client == self.address
        return decode(replies[0].data)

    def challenge(self) -> Message:
        """Ask without credentials, and keep the nonce of the answer."""
        reply = self.ask(Message.request(Method.ALLOCATE, self.world.transaction_id(), UDP))
        assert reply is not None
        nonce = reply.get(Nonce)
        assert nonce is not None
        self.nonce = nonce.value
        return reply

    def signed(
        self, method: Method, *attributes: Attribute, transaction_id: bytes | None = None
    ) -> bytes:
        """Encode a request with credentials."""
        if self.nonce is None:
            self.challenge()
        assert self.nonce is not None
        message = Message.request(
            method,
            transaction_id or self.world.transaction_id(),
            *attributes,
            Username(self.user),
            Realm(self.world.settings.realm),
            Nonce(self.nonce),
        )
        return message.encode(integrity=IntegrityKey(self.key, self.integrity))

    def request(
        self, method: Method, *attributes: Attribute, transaction_id: bytes | None = None
    ) -> Message:
        """Send a request with credentials; a stale nonce is replaced once, a success must be protected."""
        reply = self.reply(
            self.raw(self.signed(method, *attributes, transaction_id=transaction_id))
        )
        assert reply is not None
        code = reply.get(ErrorCode)
        if code is not None and code.code == ErrorCodes.STALE_NONCE:
            self.nonce = None
            data = self.signed(method, *attributes, transaction_id=transaction_id)
            reply = self.reply(self.raw(data))
            assert reply is not None
        if reply.cls is Class.SUCCESS:
            assert reply.verify(self.key, self.integrity)
        return reply

    def allocate(self, *attributes: Attribute, transaction_id: bytes | None = None) -> Message:
        reply = self.request(Method.ALLOCATE, UDP, *attributes, transaction_id=transaction_id)
        relayed = reply.get(XorRelayedAddress)
        if relayed is not None:
            self.relayed = relayed.address
            asked = [o for o in self.world.outputs if isinstance(o, OpenRelaySocket)]
            self.number = asked[-1].allocation
        return reply

    def refresh(self, lifetime: int) -> Message:
        return self.request(Method.REFRESH, Lifetime(lifetime))

    def permit(self, *hosts: str) -> Message:
        peers = (XorPeerAddress(Address(host, 0)) for host in hosts)
        return self.request(Method.CREATE_PERMISSION, *peers)

    def bind(self, number: int, peer: Address) -> Message:
        return self.request(Method.CHANNEL_BIND, ChannelNumber(number), XorPeerAddress(peer))

    def send(self, peer: Address, data: bytes, *more: Attribute) -> list[SendToPeer]:
        message = Message.indication(
            Method.SEND, self.world.transaction_id(), XorPeerAddress(peer), Data(data), *more
        )
        return self.to_peers(self.raw(message.encode()))

    def send_on(self, number: int, data: bytes) -> list[SendToPeer]:
        return self.to_peers(self.raw(ChannelData(number, data).encode()))

    def to_peers(self, outputs: list[Output]) -> list[SendToPeer]:
        assert not [o for o in outputs if isinstance(o, SendToClient)]
        return [o for o in outputs if isinstance(o, SendToPeer)]

    def hear(self, peer: Address, data: bytes) -> bytes | None:
        """Let a peer send to the relayed transport address; return what reaches the client."""
        assert self.number is not None
        outputs = self.world.receive_from_peer(self.number, data, peer)
        sent = [o.data for o in outputs if isinstance(o, SendToClient)]
        assert len(sent) <= 1
        return sent[0] if sent else None


@pytest.fixture
def make_world() -> type[World]:
    return World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return world.client()


class DtlsLab:
    """A listener's core, its time, and a network that loses nothing."""

    def __init__(self, context: SSL.Context, make_client: Callable, **limits) -> None:
        self.now = 1000.0
        self.counters = Counters()
        self.make_client = make_client
        self.excess: DropReason | None = None
        self.holders: set[Address] = set()
        self.contexts = [context]
        self.asked: list[Address] = []
        self.dtls = Dtls(
            DtlsLimits(**limits),
            cookie_key=b"key",
            context=lambda: self.contexts[-1],
            counters=self.counters,
            excess=self._excess,
            holds=self.holders.__contains__,
        )

    def _excess(self, client: Address, now: float) -> DropReason | None:
        self.asked.append(client)
        return self.excess

    def tell(self, *datagrams: bytes, client: Address = DTLS_CLIENT) -> list:
        return [
            output
            for datagram in datagrams
            for output in self.dtls.receive_datagram(datagram, client, self.now)
        ]

    def hello(self, client: Address = DTLS_CLIENT) -> tuple:
        """Let a client come as far as its second ClientHello; return it and that."""
        side = self.make_client()
        (asked,) = self.tell(*side.hello(), client=client)
        return side, side.hear(asked.data)

    def half(self, client: Address = DTLS_CLIENT) -> list:
        """Leave a handshake half done; return what came of the cookie."""
        return self.tell(*self.hello(client)[1], client=client)

    def connect(self, client: Address = DTLS_CLIENT):
        """Let a client come all the way."""
        side, pending = self.hello(client)
        while pending:
            outputs = self.tell(*pending, client=client)
            replies = [one.data for one in outputs if isinstance(one, SendDatagram)]
            pending = side.hear(*replies) if replies else []
        assert side.is_ready
        return side

    def pass_time(self, seconds: float) -> list:
        """Call the timer whenever it wants to be called."""
        end, outputs = self.now + seconds, []
        while (deadline := self.dtls.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            outputs += self.dtls.handle_timer(self.now)
            after = self.dtls.next_deadline()
            assert after is None or after > deadline, "a timer that fires without end"
        self.now = end
        return outputs

    @property
    def is_empty(self) -> bool:
        return (len(self.dtls), self.counters.connections, self.dtls.next_deadline()) == (
            0,
            0,
            None,
        )


@pytest.fixture(scope="session")
def dtls_context(certificate) -> SSL.Context:
    return make_dtls_context(certificate)


@pytest.fixture
def make_lab(dtls_context, make_dtls_client) -> Callable[..., DtlsLab]:
    return lambda **limits: DtlsLab(dtls_context, make_dtls_client, **limits)


@pytest.fixture
def lab(make_lab) -> DtlsLab:
    return make_lab()


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Any]:
    """Tests of the server on real sockets run in asyncio's loop and in the relay's own."""
    if item.path.name.startswith(("test_server", "test_dtlslistener")):
        return {"asyncio": asyncio.new_event_loop, "relay": RelayEventLoop}
    return {"asyncio": asyncio.new_event_loop}
