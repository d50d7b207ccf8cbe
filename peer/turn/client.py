"""A TURN client without I/O: one allocation, its permissions and channels, and its end (RFC 8656).

What it does that may surprise:

1. Data never waits. A Send indication follows its CreatePermission at once, as it does in browsers;
   a server handles the two in order. Data that is no STUN binds a channel, and goes in Send
   indications until that is there (RFC 8656 §11.1, §12).
2. Permissions are renewed within their 300 s, and channels besides: some servers do not extend a
   permission with the channel (RFC 8656 §9).
3. A server that says nothing for a while is asked for a refresh, so that its death shows within
   seconds of use, or half a minute of idling, and the NAT on the way keeps its mapping.
4. One allocation has both address families where the server can do that (RFC 8656 §7.2).
"""

import enum
import struct
from collections.abc import Callable
from typing import Final

from peer.turn.outputs import (
    Allocated,
    Ended,
    Failed,
    Output,
    PeerRefused,
    PeerUnreachable,
    Received,
    Redirected,
    SendToServer,
)
from peer.turn.peers import Peers
from peer.turn.transactions import Refusal, Transactions
from stunwire import (
    AdditionalAddressFamily,
    Address,
    AlternateDomain,
    AlternateServer,
    Attribute,
    Carrier,
    Class,
    Data,
    DecodeError,
    ErrorCodes,
    Family,
    Icmp,
    Lifetime,
    LongTermCredential,
    Message,
    Method,
    RequestedAddressFamily,
    RequestedTransport,
    UnknownAttribute,
    XorMappedAddress,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
)

#: Seconds of silence after which a server is asked whether it is there: after something was sent to
#: it, and otherwise. RFC 8445 §11 has a keepalive every 15 s; a NAT keeps UDP for 30 s at the least.
PROBE_WHEN_USED: Final = 5.0
PROBE_WHEN_IDLE: Final = 25.0
#: Seconds that giving an allocation back may take.
CLOSING_PATIENCE: Final = 1.0
LIFETIME: Final = 600
#: ADDITIONAL-ADDRESS-FAMILY as a draft had it, and coturn until 4.6 still has.
_DRAFTS_NUMBER: Final = 0x8032
_LAST_STUN_BYTE: Final = 3
_CHANNEL_BYTES: Final = range(0x40, 0x50)
_TRANSACTION_ID: Final = 12
_REFRESH_AT: Final = 5 / 6
_NEVER: Final = float("inf")
_CHANNEL_HEADER: Final = struct.Struct("!HH")


class State(enum.Enum):
    """Where the allocation is."""

    NEW = "new"
    ALLOCATING = "allocating"
    ALLOCATED = "allocated"
    CLOSING = "closing"
    OVER = "over"


_ALLOCATED: Final = State.ALLOCATED  # Python 3.11 asks code of its own for a member, every time


class TurnClient:
    """One allocation on one server.

    Args:
        credentials: The user name and password.
        carrier: Datagrams, or a stream.
        families: Which relayed addresses are wanted.
        random_bytes: Draws unguessable bytes.
    """

    def __init__(
        self,
        credentials: LongTermCredential,
        *,
        carrier: Carrier,
        families: tuple[Family, ...],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.state = State.NEW
        self._pads = carrier is Carrier.STREAM  # RFC 8656 §12.5
        self._families = families
        self._random_bytes = random_bytes
        self._transactions = Transactions(credentials, carrier, self._new_id, self._transmit)
        self._peers = Peers(self._transactions, self._peer_refused)
        self._out: list[Output] = []
        self._heard = _NEVER
        self._unanswered = _NEVER
        self._refused = 0
        self._refresh_at = _NEVER
        self._closes_at = _NEVER

    # What comes in

    def allocate(self, now: float) -> list[Output]:
        """Ask for the allocation; `Allocated`, `Failed` or `Redirected` will follow."""
        assert self.state is State.NEW
        self.state = State.ALLOCATING
        self._allocate(self._wish(), now)
        return self._take()

    def receive_frame(self, data: bytes, now: float) -> list[Output]:
        """Take in one datagram from the server, or one frame of its stream."""
        if data and data[0] in _CHANNEL_BYTES:
            found = self.unframe(data, now)
            return [] if found is None else [Received(*found)]
        self._heard, self._unanswered, self._refused = now, _NEVER, 0
        if not data or self.state in {State.NEW, State.OVER}:
            return []
        try:
            message = decode(data)
        except DecodeError:
            return []
        if message.cls is Class.INDICATION:
            self._indication(message, now)
        elif message.cls is not Class.REQUEST:
            self._transactions.receive(message, now)
        return self._take()

    def unframe(self, data: bytes, now: float) -> tuple[bytes, Address] | None:
        """Take in what came on a channel: the short way for a shell that knows it for such.

        Behind the data of a datagram there may be padding (RFC 8656 §12.6).
        """
        self._heard, self._unanswered, self._refused = now, _NEVER, 0
        if len(data) < _CHANNEL_HEADER.size or self.state is not _ALLOCATED:
            return None
        number, length = _CHANNEL_HEADER.unpack_from(data)
        stop = _CHANNEL_HEADER.size + length
        peer = self._peers.of_channel(number, now)
        if peer is None or stop > len(data):
            return None
        return data[_CHANNEL_HEADER.size : stop], peer

    def frame(self, data: bytes, peer: Address, now: float) -> bytes | None:
        """The bytes that carry data on the channel to a peer, or `None` where `send` must do it."""
        number = self._peers.channel_to(peer, now)
        if number is None or self.state is not _ALLOCATED:
            return None
        self._unanswered = min(self._unanswered, now)
        frame = _CHANNEL_HEADER.pack(number, len(data)) + data
        return frame + bytes(-len(data) & 3) if self._pads else frame

    def receive_refusal(self, reason: str, now: float) -> list[Output]:
        """Hear from the network that nobody is at the server's address.

        Once may be chance, or forged; so the server is asked, and twice in a row is the end.
        """
        self._refused += 1
        if self.state is State.CLOSING:
            self._end(None)
        elif self.state is State.ALLOCATING or self._refused > 1:
            self._end(reason)
        elif self.state is State.ALLOCATED:
            self._probe(now)
        return self._take()

    def receive_disconnect(self, reason: str) -> list[Output]:
        """Hear that the connection to the server is gone, and with it the allocation."""
        self._end(reason)
        return self._take()

    def permit(self, peer: Address, now: float) -> list[Output]:
        """Let a peer send to us, before anything is sent to it."""
        if self.state is State.ALLOCATED:
            self._peers.permit(peer, now)
        return self._take()

    def send(self, data: bytes, peer: Address, now: float) -> list[Output]:
        """Send data to a peer; nothing where there is no allocation or no leave."""
        if self.state is not State.ALLOCATED:
            return []
        framed = self.frame(data, peer, now)
        if framed is not None:
            self._transmit(framed)
        elif self._peers.permit(peer, now):
            if data and data[0] > _LAST_STUN_BYTE:
                self._peers.bind(peer, now)
            self._indicate(data, peer)
        self._unanswered = min(self._unanswered, now)
        return self._take()

    def close(self, now: float) -> list[Output]:
        """Give the allocation back; `Ended` follows within `CLOSING_PATIENCE`.

        An answer to an Allocate may still be on its way: it is waited for, and given back.
        """
        match self.state:
            case State.ALLOCATED:
                self._transactions.clear()
                self._give_back(now)
            case State.ALLOCATING if self._transactions.is_proven(Method.ALLOCATE):
                self._await_end(now)
            case State.CLOSING | State.OVER:
                pass
            case _:
                self._end(None)
        return self._take()

    def handle_timer(self, now: float) -> list[Output]:
        """Do what is due: send again, refresh, renew, probe, give up."""
        if now >= self._closes_at:
            self._end(None)
        self._transactions.handle_timer(now)
        if self.state is State.ALLOCATED:
            if now >= min(self._refresh_at, self._probe_at()):
                self._probe(now)
            self._peers.handle_timer(now)
        return self._take()

    def next_deadline(self) -> float | None:
        """When `handle_timer` has something to do; `None` for never."""
        if self.state is State.OVER:
            return None
        deadline = min(self._transactions.next_deadline() or _NEVER, self._closes_at)
        if self.state is State.ALLOCATED:
            probe = _NEVER if self._refreshing() else min(self._refresh_at, self._probe_at())
            deadline = min(deadline, probe, self._peers.next_deadline())
        return None if deadline == _NEVER else deadline

    # The allocation

    def _wish(self) -> tuple[Attribute, ...]:
        if self._families == (Family.IPV6,):
            return (RequestedAddressFamily(Family.IPV6),)
        if Family.IPV6 in self._families:
            both = AdditionalAddressFamily(Family.IPV6)
            return (both, UnknownAttribute(_DRAFTS_NUMBER, both.encode()))
        return ()

    def _allocate(self, wish: tuple[Attribute, ...], now: float) -> None:
        def conclude(answer: Message | Refusal, now: float) -> None:
            if isinstance(answer, Message):
                self._allocated(answer, now)
            else:
                self._not_allocated(answer, wish, now)

        transport = RequestedTransport(RequestedTransport.udp)
        request = Message.request(Method.ALLOCATE, b"", transport, Lifetime(LIFETIME), *wish)
        self._transactions.ask(request, conclude, now)

    def _allocated(self, answer: Message, now: float) -> None:
        lifetime, mapped = answer.get(Lifetime), answer.get(XorMappedAddress)
        relayed = tuple(one.address for one in answer.get_all(XorRelayedAddress))
        lacking = [
            name
            for name, value in (
                ("LIFETIME", lifetime),
                ("XOR-MAPPED-ADDRESS", mapped),
                ("XOR-RELAYED-ADDRESS", relayed),
            )
            if not value
        ]
        if lacking or lifetime is None or mapped is None:
            self._end(f"its answer lacks {' and '.join(lacking)}")
        elif self.state is State.CLOSING:
            self._give_back(now)
        else:
            self.state = State.ALLOCATED
            self._refresh_at = now + max(lifetime.seconds * _REFRESH_AT, 1.0)
            wanted = tuple(one for one in relayed if one.family in self._families)
            self._out.append(Allocated(wanted, mapped.address))

    def _not_allocated(self, refusal: Refusal, wish: tuple[Attribute, ...], now: float) -> None:
        other = None if refusal.message is None else refusal.message.get(AlternateServer)
        if self.state is State.CLOSING:
            self._end(None)
        elif refusal.code == ErrorCodes.TRY_ALTERNATE and other is not None:
            assert refusal.message is not None
            domain = refusal.message.get(AlternateDomain)
            self.state = State.OVER
            self._out.append(Redirected(other.address, None if domain is None else domain.value))
        elif (again := self._lesser_wish(refusal, wish)) is not None:
            self._allocate(again, now)
        else:
            self._end(refusal.reason, refusal.code)

    def _lesser_wish(
        self, refusal: Refusal, wish: tuple[Attribute, ...]
    ) -> tuple[Attribute, ...] | None:
        """What to ask for when both families were too much to ask."""
        if not any(isinstance(one, AdditionalAddressFamily) for one in wish):
            return None
        match refusal.code:
            case ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED:
                return (RequestedAddressFamily(Family.IPV6),)  # it has no IPv4
            case ErrorCodes.BAD_REQUEST | ErrorCodes.UNKNOWN_ATTRIBUTE:
                return ()  # it is older than the question
            case ErrorCodes.ALLOCATION_QUOTA_REACHED | ErrorCodes.INSUFFICIENT_CAPACITY:
                return ()  # one address may be left where two are not
        return None

    def _refresh(self, lifetime: int, now: float) -> None:
        def conclude(answer: Message | Refusal, now: float) -> None:
            if lifetime == 0 or self.state is not State.ALLOCATED:
                self._end(None)
            elif isinstance(answer, Refusal):
                self._end(f"the relay did not prolong the allocation: {answer.reason}")
            else:
                told = answer.get(Lifetime)
                seconds = LIFETIME if told is None else told.seconds
                self._refresh_at = now + max(seconds * _REFRESH_AT, 1.0)

        request = Message.request(Method.REFRESH, b"", Lifetime(lifetime))
        self._transactions.ask(request, conclude, now)

    def _give_back(self, now: float) -> None:
        self._await_end(now)
        self._refresh(0, now)

    def _await_end(self, now: float) -> None:
        self.state = State.CLOSING
        self._closes_at = min(self._closes_at, now + CLOSING_PATIENCE)

    def _end(self, reason: str | None, code: int | None = None) -> None:
        if self.state is State.OVER:
            return
        was_allocating = self.state is State.ALLOCATING
        self.state = State.OVER
        self._transactions.clear()
        if was_allocating and reason is not None:
            self._out.append(Failed(reason, code))
        else:
            self._out.append(Ended(reason))

    def _refreshing(self) -> bool:
        return self._transactions.waits_for(Method.REFRESH)

    def _probe(self, now: float) -> None:
        if not self._refreshing():
            self._refresh(LIFETIME, now)

    def _probe_at(self) -> float:
        return min(self._heard + PROBE_WHEN_IDLE, self._unanswered + PROBE_WHEN_USED)

    # Peers

    def _peer_refused(self, refusal: Refusal, peer: Address) -> None:
        if refusal.code is None or refusal.code == ErrorCodes.ALLOCATION_MISMATCH:
            self._end(f"the relay no longer has the allocation: {refusal.reason}")
        else:
            self._out.append(PeerRefused(peer, refusal.reason, refusal.code))

    # Bytes

    def _indication(self, message: Message, now: float) -> None:
        peer, data, icmp = message.get(XorPeerAddress), message.get(Data), message.get(Icmp)
        if message.method != Method.DATA or peer is None:
            return
        if not self._peers.is_permitted(peer.address.host):
            return  # RFC 8656 §11.4: "the client SHOULD NOT" believe it
        self._peers.note_use(peer.address.host, now)
        if data is not None:
            self._out.append(Received(data.value, peer.address))
        elif icmp is not None:
            self._out.append(PeerUnreachable(peer.address, icmp.icmp_type, icmp.icmp_code))

    def _indicate(self, data: bytes, peer: Address) -> None:
        message = Message.indication(Method.SEND, self._new_id(), XorPeerAddress(peer), Data(data))
        self._transmit(message.encode())

    def _new_id(self) -> bytes:
        return self._random_bytes(_TRANSACTION_ID)

    def _transmit(self, data: bytes) -> None:
        self._out.append(SendToServer(data))

    def _take(self) -> list[Output]:
        out, self._out = self._out, []
        return out
