"""The relay without sockets: bytes and the time come in, what is to be done goes out.

Rules of this core:

1. Nothing is kept about a client before it has echoed a nonce that was made for its address and proven a
   password: an unknown sender costs a row in a table of fixed size, and nothing else.
2. Every packet first sweeps away what has expired, so no other code asks whether an allocation is alive.
3. What strangers do wrong is an answer or a counted drop, never an exception.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from relay.channels import unframe
from relay.classic import is_classic
from relay.counters import Counters, DropReason
from relay.credentials import Credential
from relay.datapath import Datapath
from relay.discovery import Discovery, Quartet, shares_of_sources
from relay.doorkeeper import Doorkeeper
from relay.fivetuple import FiveTuple, Transport
from relay.indications import relay_channel_data, relay_from_peer, relay_icmp, relay_send
from relay.inquiries import Verdict
from relay.interfaces import PeerTransport
from relay.outputs import ClosePeerConnection, Output, PacketDropped, StopAsking
from relay.policy import OwnAddresses
from relay.refusal import Refusal
from relay.registry import Registry
from relay.reloading import check_changes
from relay.requests import allocate, binding, connect, proven
from relay.requests.request import Request, refuse_message
from relay.settings import Mobility, Settings
from relay.state import State
from relay.strangers import Strangers
from relay.users import NOBODY, Answer, NoUser, UserList
from stunwire import (
    Address,
    Class,
    DecodeError,
    Icmp,
    Kind,
    Message,
    Method,
    classify,
    decode,
)

# Python 3.11 asks code of its own for a member of an enum, every time.
_STUN, _REQUEST, _INDICATION = Kind.STUN, Class.REQUEST, Class.INDICATION
_BINDING, _SEND = int(Method.BINDING), int(Method.SEND)


class Relay:
    """A STUN and TURN server, sans I/O.

    Args:
        settings: what the operator wants.
        listeners: the addresses that clients reach it at.
        nonce_secret: key of the nonces.
        can_forbid_fragments: whether the shell can send what no router may fragment.
        quartet: those of the listeners that make a server for NAT behaviour discovery.
        random_below: `random_below(n)` gives an unguessable number from 0 to n-1.
        users: what the users file says.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        listeners: tuple[Address, ...],
        nonce_secret: bytes,
        random_below: Callable[[int], int],
        can_forbid_fragments: bool = False,
        quartet: Quartet | None = None,
        users: UserList = NOBODY,
    ) -> None:
        self.datapath = Datapath()
        self.live_counters = Counters()
        self._quartet = quartet
        self._nonce_secret = nonce_secret
        self._registry = Registry(
            settings,
            datapath=self.datapath,
            counters=self.live_counters,
            random_below=random_below,
        )
        interfaces = settings.relay_interfaces(listeners)
        is_allocated = self._registry.ports.is_allocated
        self._own = OwnAddresses(
            listeners,
            frozenset(interfaces.values()),
            is_allocated,
            partial(is_allocated, transport=PeerTransport.TCP),
        )
        self.state = State(
            settings,
            interfaces,
            settings.gate(self._own),
            self._registry,
            self.live_counters,
            can_forbid_fragments=can_forbid_fragments,
        )
        self._doorkeeper = Doorkeeper(
            settings, self._registry, self.live_counters, nonce_secret=nonce_secret, users=users
        )
        self._channel_bytes = settings.channel_numbers.first_bytes
        self._fill_buckets()

    def receive_datagram(
        self, data: bytes, source: Address, server: Address, *, unix_now: float, now: float
    ) -> list[Output]:
        """Take in what a client sent to the UDP listener at `server`.

        Args:
            data: the datagram.
            source: where it came from.
            server: the listener it came to.
            unix_now: wall-clock time, for nonces and the expiry of time-limited credentials.
            now: the time that everything else goes by.
        """
        five_tuple = FiveTuple(source, server)
        return self.receive_frame(data, five_tuple, unix_now=unix_now, now=now)

    def receive_frame(
        self, data: bytes, five_tuple: FiveTuple, *, unix_now: float, now: float
    ) -> list[Output]:
        """Take in one STUN message or channel data: a datagram, or what was cut from a stream.

        Channel data comes without the padding of streams, and goes out without it (RFC 8656 §12.5): who
        writes to a stream pads.
        """
        outputs = self._sweep(now)
        first = data[0] if data else 0xFF
        if classify(first) is _STUN:
            outputs += self._receive_message(data, five_tuple, unix_now, now)
        elif first in self._channel_bytes:
            outputs += self._receive_channel_data(data, five_tuple, now)
        else:
            outputs += self._drop(DropReason.GARBAGE, five_tuple, len(data), data[:8].hex())
        return outputs

    def receive_disconnect(self, five_tuple: FiveTuple, now: float) -> list[Output]:
        """Hear that a client's connection is gone: its allocation ends with it, unless the client may move.

        The five-tuple of an allocation names the connection (RFC 8656 §6), and without it or a ticket nobody could
        use, refresh or delete the allocation. The RFC says nothing of connections that close.
        """
        assert five_tuple.transport is not Transport.UDP
        assert self._registry.openings.find(five_tuple) is None
        outputs = self._sweep(now)
        self._doorkeeper.forget(five_tuple)
        if self.state.settings.mobility is Mobility.ON:
            outputs += self._registry.moves.lose(five_tuple)
        for allocation in self._registry.find(five_tuple):
            outputs += self._registry.end(allocation, "the connection closed", now)
        joined = self._registry.connections.of_client(five_tuple)
        if joined is not None:
            self._registry.connections.forget(joined)
            outputs.append(ClosePeerConnection(joined.number))
        return outputs

    def holds(self, five_tuple: FiveTuple) -> bool:
        """Say whether a client has an allocation."""
        return bool(self._registry.find(five_tuple))

    def waits(self, five_tuple: FiveTuple) -> bool:
        """Say whether a request of a client waits for a hook: whether and how it is answered is open."""
        return self._doorkeeper.holds(five_tuple)

    def receive_from_peer(
        self, allocation: int, data: bytes, source: Address, now: float
    ) -> list[Output]:
        """Take in what came to the relay socket of an allocation."""
        outputs = self._sweep(now)
        found = self._registry.get(allocation)
        if found is None:
            return outputs + self._count(DropReason.NO_ALLOCATION)
        return outputs + self._passed(relay_from_peer(found, data, source, self.state, now))

    def receive_icmp(
        self, allocation: int, icmp: Icmp, target: Address, now: float
    ) -> list[Output]:
        """Take in an ICMP error about a packet that an allocation's relay socket sent to `target`."""
        outputs = self._sweep(now)
        found = self._registry.get(allocation)
        if found is None:
            return outputs + self._count(DropReason.NO_ALLOCATION)
        return outputs + self._passed(relay_icmp(found, icmp, target, self.state, now))

    def receive_relay_opened(self, allocation: int, now: float) -> list[Output]:
        """Hear that the relay socket of an `OpenRelaySocket` is open."""
        return allocate.opened(allocation, self.state, now)

    def receive_relay_refused(self, allocation: int, now: float) -> list[Output]:
        """Hear that the address of an `OpenRelaySocket` could not be bound."""
        return allocate.refused(allocation, self.state, now)

    def receive_peer_connection(self, allocation: int, source: Address, now: float) -> list[Output]:
        """Hear that a peer connected to the listening socket of an allocation.

        It is to be closed, unless the answer has an `AcceptPeer`.
        """
        outputs = self._sweep(now)
        return outputs + self._passed(connect.accepted(allocation, source, self.state, now))

    def receive_connected(self, connection: int, now: float) -> list[Output]:
        """Hear that the connection of a `ConnectToPeer` is made."""
        return self._sweep(now) + connect.connected(connection, self.state, now)

    def receive_connect_failed(self, connection: int, now: float) -> list[Output]:
        """Hear that the connection of a `ConnectToPeer` cannot be made."""
        return connect.failed(connection, self.state, now)

    def receive_peer_closed(self, connection: int, now: float) -> list[Output]:
        """Hear that a peer closed its connection: the client's end is closed, too (RFC 6062 §5.5)."""
        found = self._registry.connections.get(connection)
        ended = [] if found is None else self._registry.connections.end(found)
        return self._sweep(now) + ended

    def receive_user(self, number: int, answer: Answer, now: float) -> list[Output]:
        """Hear the answer to an `AskForUser`, if it is not too late: what waited for it goes on."""
        return self._sweep(now) + self._settle(number, answer, now)

    def excess(self, client: Address, now: float) -> DropReason | None:
        """Say why an answer to who has proven nothing would be one too many; None counts it as given."""
        return self._strangers.excess(client.host, now)

    def handle_timer(self, now: float) -> list[Output]:
        """Do what has become due."""
        return self._sweep(now)

    def next_deadline(self) -> float | None:
        """When to call `handle_timer`."""
        first = None
        for part in (self._registry, self._registry.connections, self._doorkeeper):
            deadline = part.next_deadline()
            if deadline is not None and (first is None or deadline < first):
                first = deadline
        return first

    def reload(self, settings: Settings, now: float) -> list[Output]:
        """Go on with other users, secrets, policy, limits and alternate servers.

        Channels, permissions and connections for peers that are denied now end at once. The allocations of a user that is
        gone live until the next request for them is refused.

        Raises:
            SettingsError: something differs that cannot change; nothing has changed then.
        """
        old = self.state.settings
        check_changes(old, settings)
        gate = settings.gate(self._own)
        self.state = replace(self.state, settings=settings, gate=gate)
        self._doorkeeper.change(settings)
        self._registry.revoke(gate)
        if (
            settings.limits != old.limits
        ):  # else a reload would fill buckets that are empty for good reason
            self._fill_buckets()
            self._registry.change_bandwidth(settings.limits, now)
        return connect.revoke(self.state, now)

    def change_users(self, users: UserList) -> None:
        """Go on with what the users file says now; who is gone is refused from the next request on."""
        self._doorkeeper.change_users(users)

    def drain(self) -> None:
        """Give no more allocations; those that live go on as long as their clients like."""
        self._registry.draining = True

    def end_all(self, why: str, now: float) -> list[Output]:
        """End every allocation, because the relay closes."""
        ended = (self._registry.end(held, why, now) for held in self._registry.all())
        return [output for outputs in ended for output in outputs]

    def counters(self) -> Counters:
        """Return a copy of the counters, with what live allocations relayed so far."""
        return self.live_counters.with_live(held.usage for held in self._registry.all())

    def _fill_buckets(self) -> None:
        """Begin to count anew what strangers may draw."""
        limits, key = self.state.settings.limits, self._nonce_secret[:64]
        self._strangers = Strangers(limits, key)
        if self._quartet is not None:
            discovery = Discovery(self._quartet, shares_of_sources(limits, key))
            self.state = replace(self.state, discovery=discovery)

    def _receive_message(
        self, data: bytes, five_tuple: FiveTuple, unix_now: float, now: float
    ) -> list[Output]:
        try:
            message = decode(data)
        except DecodeError as error:
            return self._receive_malformed(data, five_tuple, str(error), now)
        if message.cls is _REQUEST:
            if message.method == _BINDING:
                excess = self._strangers.excess(five_tuple.client.host, now)
                if excess is not None:
                    return self._count(excess)
                return binding.answer(message, five_tuple, self.state, now)
            if proven.is_answered(message.method, self.state.settings):
                return self._answer_request(message, five_tuple, unix_now, now)
        elif message.cls is _INDICATION:
            if message.method == _SEND:
                return self._relay_send(message, five_tuple, now)
            if message.method == _BINDING:
                return []  # RFC 8489 §6.3.2: keeps NAT bindings alive, and asks for nothing
        return self._drop(
            DropReason.UNEXPECTED, five_tuple, len(data), f"method {message.method:#x}"
        )

    def _receive_malformed(
        self, data: bytes, five_tuple: FiveTuple, problem: str, now: float
    ) -> list[Output]:
        if self.state.discovery is None or not is_classic(data, five_tuple.transport):
            return self._drop(DropReason.MALFORMED, five_tuple, len(data), problem)
        excess = self._strangers.excess(five_tuple.client.host, now)
        if excess is not None:
            return self._count(excess)
        return binding.answer_classic(data, five_tuple, self.state, now)

    def _answer_request(
        self, message: Message, five_tuple: FiveTuple, unix_now: float, now: float
    ) -> list[Output]:
        sender = self._doorkeeper.identify(
            message, five_tuple, self._strangers, unix_now=unix_now, now=now
        )
        return self._go_on(message, five_tuple, sender, now)

    def _go_on(
        self, message: Message, five_tuple: FiveTuple, sender: Verdict | list[Output], now: float
    ) -> list[Output]:
        if isinstance(sender, Refusal):
            excess = self._strangers.excess(five_tuple.client.host, now)
            if excess is not None:
                return self._count(excess)
            return refuse_message(message, five_tuple, sender, self.state)
        if isinstance(sender, Credential):
            return proven.answer(Request(message, five_tuple, sender, now), self.state)
        return self._passed(sender)

    def _settle(self, number: int, answer: Answer, now: float) -> list[Output]:
        outputs: list[Output] = []
        for waiting, verdict in self._doorkeeper.settle(number, answer, now):
            outputs += self._go_on(waiting.message, waiting.five_tuple, verdict, now)
        return outputs

    def _sweep(self, now: float) -> list[Output]:
        outputs = self._registry.sweep(now)
        if len(self._registry.connections):
            outputs += connect.sweep(self.state, now)
        while (late := self._doorkeeper.overdue(now)) is not None:
            outputs += [StopAsking(late), *self._settle(late, NoUser.OVERDUE, now)]
        return outputs

    def _relay_send(self, message: Message, five_tuple: FiveTuple, now: float) -> list[Output]:
        held = self._registry.find(five_tuple)
        if not held:
            return self._count(DropReason.NO_ALLOCATION)
        moved = self._registry.moves.hear(five_tuple)
        return moved + self._passed(relay_send(held, message, self.state, now))

    def _receive_channel_data(self, data: bytes, five_tuple: FiveTuple, now: float) -> list[Output]:
        framed = unframe(data)
        if framed is None:
            detail = "channel data announces more than there is"
            return self._drop(DropReason.MALFORMED, five_tuple, len(data), detail)
        held = self._registry.find(five_tuple)
        if not held:
            return self._count(DropReason.NO_ALLOCATION)
        moved = self._registry.moves.hear(five_tuple)
        return moved + self._passed(relay_channel_data(held, framed, now))

    def _passed(self, result: list[Output] | DropReason) -> list[Output]:
        return self._count(result) if isinstance(result, DropReason) else result

    def _count(self, reason: DropReason) -> list[Output]:
        self.live_counters.drops[reason] += 1
        return []

    def _drop(
        self, reason: DropReason, five_tuple: FiveTuple, size: int, detail: str
    ) -> list[Output]:
        self._count(reason)
        return [PacketDropped(five_tuple.client, reason, size, detail)]
