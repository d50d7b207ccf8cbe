"""Everything that can happen to a relay's core, in any order, and what must be true after each step."""

from dataclasses import replace
from random import Random

from relay_clients import (
    HOOKED_PASSWORD,
    LIMITS,
    LISTENERS,
    METHODS,
    PLACES,
    PORTS,
    QUARTET,
    REALM,
    SECRET,
    UNIX_NOW,
    USERS,
    USERS_WITH_A_HOOK,
    USUAL_PEERS,
    USUAL_USERS,
    Memory,
    Reader,
    attributes_for,
    channel_data,
    pick,
    sign,
    spoil,
)
from relay_shell import FakeShell, check
from relay_witness import Witness

from relay import (
    ChannelNumbers,
    Mobility,
    Password,
    PeerPolicy,
    Redirect,
    Relay,
    Settings,
    TcpRelay,
    User,
)
from relay.fivetuple import FiveTuple, Transport
from relay.interfaces import PeerTransport
from relay.outputs import AcceptPeer, Output
from relay.users import NoUser
from stunwire import (
    Address,
    Icmp,
    Message,
    Method,
)

MOST_STEPS = 120
SPANS = (
    1.0,
    0.0,
    0.05,
    0.3,
    5.0,
    9.0,
    9.0,
    30.0,
    31.0,
    40.0,
    299.0,
    301.0,
    599.0,
    601.0,
    3601.0,
    100_000.0,
)


class Play:
    """One relay and what happens to it.

    Args:
        reader: decides.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.discovers = reader.below(4) == 3
        self.settings = Settings(
            listen=LISTENERS,
            realm=REALM,
            users=USERS,
            rest_secrets=(SECRET,),
            port_range=(PORTS[0], PORTS[-1]),
            limits=replace(
                LIMITS, bandwidth=pick(reader, (0, 100)), bandwidth_per_user=pick(reader, (0, 50))
            ),
            mobility=pick(reader, (Mobility.ON,) * 4 + (Mobility.OFF,)),
            tcp_relay=pick(reader, (TcpRelay.ON,) * 4 + (TcpRelay.OFF,)),
            channel_numbers=pick(reader, tuple(ChannelNumbers)),
            user_hook=pick(reader, (None, None, _hook)),
        )
        self.listeners = LISTENERS + (QUARTET.members[1:] if self.discovers else ())
        core = Relay(
            self.settings,
            listeners=self.listeners,
            nonce_secret=b"0123456789abcdef0123456789abcdef",
            random_below=Random(reader.below(4)).randrange,
            can_forbid_fragments=bool(reader.below(2)),
            quartet=QUARTET if self.discovers else None,
        )
        self.shell = FakeShell(core, self.listeners)
        self.memory = Memory(USERS_WITH_A_HOOK if self.settings.has_hook else USUAL_USERS)
        self.witness = Witness(self.memory, discovers=self.discovers)
        self.transactions = 0
        self.has_signed = False
        self.lately: list[FiveTuple] = []
        first = reader.below(len(PLACES))
        self.places = (*PLACES[first:], *PLACES[:first])[:: 1 + reader.below(4)]
        self.unix_now = UNIX_NOW

    def run(self) -> None:
        """Play to the end, and see that nothing is left."""
        for _ in range(1 + self.reader.below(MOST_STEPS)):
            self.step()
        self.end()

    def step(self) -> None:
        """Let one thing happen, and look at everything."""
        self.look(swept=pick(self.reader, ACTS)(self))

    def look(self, *, swept: bool = True) -> None:
        """See whether everything is as it must be."""
        check(self.shell, self.settings, swept=swept)
        if not self.has_signed:
            registry = self.shell.core.state.registry
            assert len(registry) == len(registry.connections) == len(registry.moves) == 0
            assert self.shell.core.next_deadline() is None
            assert not self.shell.relays
            assert not self.shell.making

    def end(self) -> None:
        """Close the relay: everything goes back to where it came from."""
        shell = self.shell
        shell.binds = True
        for number in tuple(shell.making):
            shell.conclude(number)
        shell.carry_out(shell.core.end_all("closed", shell.now))
        check(shell, self.settings, swept=False)
        assert not shell.relays
        assert not shell.connections
        assert not shell.data
        shell.now += 100.0
        shell.carry_out(shell.core.handle_timer(shell.now))
        assert shell.core.next_deadline() is None
        for interface in set(shell.core.state.interfaces.values()):
            pool = shell.core.state.registry.ports.pool(interface)
            assert not pool.reserved

    def say(self, place: FiveTuple, data: bytes) -> bool:
        """Let a client send, unless it has no connection for that."""
        if place in self.shell.data or place in self.shell.closing:
            return False
        self.witness.expect(data)
        core = self.shell.core
        outputs = core.receive_frame(data, place, unix_now=self.unix_now, now=self.shell.now)
        self.hear(self.shell.carry_out(outputs))
        if place.transport is Transport.UDP:
            self.witness.weigh(place, data, outputs)
        return True

    def hear(self, outputs: list[Output]) -> None:
        """Look at what clients get."""
        self.witness.hear(outputs, has_signed=self.has_signed)

    def _place(self) -> FiveTuple:
        """Where something comes from: half of the time from where something came from lately."""
        if not self.lately or self.reader.below(2):
            self.lately = [*self.lately[-2:], pick(self.reader, self.places)]
            return self.lately[-1]
        return pick(self.reader, self.lately)

    def _transaction_id(self) -> bytes:
        self.transactions += self.reader.below(20) < 19  # sometimes the last one once more
        return self.transactions.to_bytes(12, "big")

    # What can happen. Each says whether the core has swept away what is over.

    def ask(self) -> bool:
        """A request with a proof; who has no nonce yet asks for one before."""
        place = self._place_to_bind() or self._place()
        if place not in self.memory.nonces:
            self.say(place, Message.request(Method.REFRESH, self._transaction_id()).encode())
        method = self._method(place)
        data, key = sign(self.reader, place, method, self._transaction_id(), self.memory)
        self.has_signed = True
        self.witness.expect_proof(data, key)
        if self.reader.below(12) == 11:
            data = spoil(self.reader, data)
        return self.say(place, data)

    def _place_to_bind(self) -> FiveTuple | None:
        """Where a connection with a peer may be bound, now and then if there is one that waits for it."""
        shell, find = self.shell, self.shell.core.state.registry.find
        waiting = [n for n, client in shell.connections.items() if client is None]
        if not set(waiting) - shell.connecting or self.reader.below(3) < 2:
            return None
        tcp = [one for one in PLACES if one.transport.is_stream and not find(one)]
        return pick(self.reader, tcp) if tcp else None

    def _method(self, place: FiveTuple) -> int:
        """Allocate first, the rest after that, as a rule."""
        held = self.shell.core.state.registry.find(place)
        usual = (Method.ALLOCATE,) * 4 + (Method.REFRESH,) * min(len(self.memory.tickets) - 1, 3)
        if held:
            is_tcp = held[0].interface.transport is PeerTransport.TCP
            special = Method.CONNECT if is_tcp else Method.CHANNEL_BIND
            usual = (special, special, Method.CREATE_PERMISSION, Method.REFRESH)
        elif self.shell.connections and place.transport.is_stream:
            usual = (Method.CONNECTION_BIND,)
        return pick(self.reader, usual if self.reader.below(8) < 7 else METHODS)

    def ask_unsigned(self) -> bool:
        """A request without a proof."""
        method = pick(self.reader, (*METHODS, Method.SEND, Method.DATA, 0x7FF))
        wanted = attributes_for(self.reader, method, self.memory)
        message = Message.request(method, self._transaction_id(), *wanted)
        data = message.encode(fingerprint=self.reader.below(4) == 3)
        return self.say(
            self._place(), data if self.reader.below(3) < 2 else spoil(self.reader, data)
        )

    def send(self) -> bool:
        """An indication, or channel data."""
        place = self._place()
        held = [one.five_tuple for one in self.shell.core.state.registry.all()]
        if held and self.reader.below(4) < 3:
            place = pick(self.reader, held)
        if self.reader.below(2):
            return self.say(place, channel_data(self.reader))
        method = pick(
            self.reader, (Method.SEND, Method.SEND, Method.SEND, Method.BINDING, Method.DATA)
        )
        wanted = attributes_for(self.reader, method, self.memory)
        message = Message.indication(method, self._transaction_id(), *wanted)
        return self.say(place, message.encode())

    def say_anything(self) -> bool:
        """Any bytes."""
        return self.say(self._place(), self.reader.chunk(80))

    def peer_sends(self) -> bool:
        """A peer sends a packet, or an ICMP error comes."""
        core, peer, number = self.shell.core, pick(self.reader, USUAL_PEERS), self._number()
        if self.reader.below(4) < 3:
            outputs = core.receive_from_peer(number, self.reader.chunk(60), peer, self.shell.now)
        else:
            icmp = Icmp(pick(self.reader, (3, 1, 11, 2, 0, 255)), pick(self.reader, (3, 4, 0)))
            outputs = core.receive_icmp(number, icmp, peer, self.shell.now)
        self.hear(self.shell.carry_out(outputs))
        return True

    def peer_connects(self) -> bool:
        """A peer connects to a relayed transport address."""
        number = self._number(PeerTransport.TCP)
        peer = pick(self.reader, USUAL_PEERS)
        outputs = self.shell.core.receive_peer_connection(number, peer, self.shell.now)
        self.hear(self.shell.carry_out(outputs))
        accepted = [one for one in outputs if isinstance(one, AcceptPeer)]
        assert len(accepted) <= 1
        assert all(one.allocation == number in self.shell.relays for one in accepted)
        return True

    def connection_concludes(self) -> bool:
        """A connection with a peer is made, fails, or is closed by the peer."""
        shell, core = self.shell, self.shell.core
        if not shell.connections:
            return False
        number = pick(self.reader, tuple(shell.connections))
        if number not in shell.connecting:
            if shell.connections[number] is None:
                return False
            self.hear(shell.carry_out(core.receive_peer_closed(number, shell.now)))
            return True
        shell.connecting.remove(number)
        if self.reader.below(4) < 3:
            self.hear(shell.carry_out(core.receive_connected(number, shell.now)))
        else:
            del shell.connections[number]
            self.hear(shell.carry_out(core.receive_connect_failed(number, shell.now)))
        return False

    def client_leaves(self) -> bool:
        """A client's connection is gone."""
        place = pick(self.reader, [one for one in PLACES if one.transport is not Transport.UDP])
        shell = self.shell
        shell.data.pop(place, None)
        shell.closing.discard(place)
        self.hear(shell.carry_out(shell.core.receive_disconnect(place, shell.now)))
        self.memory.nonces.pop(place, None)
        return True

    def time_passes(self) -> bool:
        """Time goes by, with the timer kept or, on a busy machine, not."""
        shell, span = self.shell, pick(self.reader, SPANS)
        end = shell.now + span
        self.unix_now += span
        if self.reader.below(4) == 3:
            shell.now = end
            return False
        while (deadline := shell.core.next_deadline()) is not None and deadline <= end:
            shell.now = max(shell.now, deadline)
            self.hear(shell.carry_out(shell.core.handle_timer(shell.now)))
            after = shell.core.next_deadline()
            assert after is None or after > deadline, "a timer that fires without end"
        shell.now = end
        return True

    def relay_socket_opens(self) -> bool:
        """A relay socket that was in the making is open, or cannot be opened."""
        if self.shell.making:
            self.hear(self.shell.conclude(pick(self.reader, tuple(self.shell.making))))
        return False

    def machine_changes(self) -> bool:
        """Relay sockets can be opened from now on or not, at once or later."""
        self.shell.binds, self.shell.waits = self.reader.below(4) < 3, self.reader.below(2) == 1
        return False

    def operator_acts(self) -> bool:
        """Settings change."""
        peers = (PeerPolicy(), PeerPolicy(deny=("8.8.8.8/32",)), PeerPolicy(deny=("0.0.0.0/0",)))
        limits = self.settings.limits
        changed = pick(
            self.reader,
            (
                {"peers": pick(self.reader, peers)},
                {"users": pick(self.reader, (USERS, USERS, USERS, {"bob": "builder"}))},
                {"limits": replace(limits, bandwidth_per_user=pick(self.reader, (0, 10, 1000)))},
                {"limits": replace(limits, default_lifetime=pick(self.reader, (600, 700)))},
                {"mobility": pick(self.reader, (Mobility.ON, Mobility.ON, Mobility.OFF))},
                {"alternate_servers": (Address("192.0.1.9", 3478), Address("2a00:9::", 1))},
                {
                    "redirect": pick(
                        self.reader, (Redirect.WHILE_DRAINING,) * 3 + (Redirect.ALWAYS,)
                    )
                },
                {"rest_secrets": pick(self.reader, ((SECRET,), ("another",)))},
            ),
        )
        if changed.get("redirect") is Redirect.ALWAYS and not self.settings.alternate_servers:
            return False
        self.settings = replace(self.settings, **changed)
        self.hear(self.shell.carry_out(self.shell.core.reload(self.settings, self.shell.now)))
        if self.reader.below(64) == 63:
            self.shell.core.drain()
        return False

    def hook_answers(self) -> bool:
        """A hook says who a user is, or cannot."""
        shell = self.shell
        if not shell.inquiries:
            return False
        number = pick(self.reader, tuple(shell.inquiries))
        shell.inquiries.remove(number)
        known = User(Password(HOOKED_PASSWORD))
        answer = pick(self.reader, (known, known, known, *NoUser))
        self.hear(shell.carry_out(shell.core.receive_user(number, answer, shell.now)))
        return True

    def _number(self, transport: PeerTransport = PeerTransport.UDP) -> int:
        relays = self.shell.relays
        wanted = [number for number, one in relays.items() if one.transport is transport]
        if not wanted or self.reader.below(16) == 15:
            number = self.reader.below(100)
            return 0 if number in relays else number
        return pick(self.reader, wanted)


async def _hook(username: str) -> User | None:
    raise AssertionError("the core asks its shell, not the hook")


ACTS = (
    *(Play.ask,) * 24,
    *(Play.send,) * 6,
    *(Play.peer_sends,) * 5,
    *(Play.peer_connects,) * 3,
    *(Play.connection_concludes,) * 4,
    *(Play.time_passes,) * 5,
    *(Play.ask_unsigned,) * 4,
    *(Play.say_anything,) * 2,
    *(Play.client_leaves,) * 2,
    *(Play.relay_socket_opens,) * 3,
    Play.machine_changes,
    *(Play.operator_acts,) * 2,
    *(Play.hook_answers,) * 3,
)
