"""Clients that say anything: bytes, messages, messages with a proof, and messages spoilt on their way."""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from relay import Limits
from relay.authentication import OFFERED
from relay.discovery import Quartet
from relay.fivetuple import FiveTuple, Transport
from stunwire import (
    AdditionalAddressFamily,
    Address,
    Attribute,
    ChangeRequest,
    ChannelData,
    ChannelNumber,
    ConnectionId,
    Data,
    DontFragment,
    EvenPort,
    Integrity,
    IntegrityKey,
    Lifetime,
    Message,
    Method,
    MobilityTicket,
    Nonce,
    Padding,
    PasswordAlgorithm,
    PasswordHash,
    Realm,
    RequestedAddressFamily,
    RequestedTransport,
    ReservationToken,
    ResponsePort,
    UnknownAttribute,
    UserHash,
    Username,
    XorPeerAddress,
    long_term_key,
    mint,
    userhash,
)

REALM = "hairpin"
SECRET = "of time-limited credentials"
UNIX_NOW = 1_700_000_000.0
USERS = {"alice": "wonder", "bob": "builder"}
MINTED = mint(SECRET, "carol", ttl=900, unix_now=UNIX_NOW)
HOOKED, HOOKED_PASSWORD = "dave", "known to the hook"
PASSWORDS = {
    **USERS,
    MINTED.username: MINTED.password,
    HOOKED: HOOKED_PASSWORD,
    "mallory": "guess",
}

SERVER, SERVER6 = Address("198.51.99.1", 3478), Address("2a00::1", 3478)
LISTENERS = (SERVER, SERVER6)
QUARTET = Quartet(SERVER, Address("198.51.99.2", 3479))
LIMITS = Limits(
    allocations=12,
    allocations_per_user=8,
    allocations_per_source=9,
    permissions_per_allocation=3,
    channels_per_allocation=3,
    connections_per_allocation=2,
)
PLACES = (
    FiveTuple(Address("203.0.113.9", 40000), SERVER),
    FiveTuple(Address("203.0.113.9", 40001), SERVER),
    FiveTuple(Address("192.0.2.77", 50000), SERVER),
    FiveTuple(Address("2a00::9", 40000), SERVER6),
    FiveTuple(Address("203.0.113.9", 41000), SERVER, Transport.TCP),
    FiveTuple(Address("203.0.113.9", 41001), SERVER, Transport.TCP),
    FiveTuple(Address("192.0.2.77", 51000), SERVER, Transport.TLS),
    FiveTuple(Address("2a00::9", 41000), SERVER6, Transport.TLS),
    FiveTuple(Address("203.0.113.9", 42000), SERVER, Transport.DTLS),
)
USUAL_USERS = dict.fromkeys(PLACES, "alice") | {PLACES[1]: MINTED.username}
USERS_WITH_A_HOOK = USUAL_USERS | dict.fromkeys((PLACES[2], PLACES[5]), HOOKED)
PORTS = range(50000, 50012)
PEERS = (
    Address("8.8.8.8", 7000),
    Address("8.8.8.8", 7001),
    Address("9.9.9.9", 7000),
    Address("2a00:1::8", 7000),
    Address("127.0.0.1", 22),
    Address("::ffff:10.0.0.1", 80),
    Address("169.254.169.254", 80),
    Address(SERVER.host, 3478),
    *(Address(SERVER.host, port) for port in PORTS[:3]),
    Address(SERVER6.host, PORTS[0]),
    Address("0.0.0.0", 0),
)
USUAL_PEERS = (*PEERS[:1] * 8, *PEERS[1:3] * 4, *PEERS[3:4] * 2, *PEERS)
CHANNELS = (0x4000, 0x4000, 0x4000, 0x4001, 0x4001, 0x4FFF, 0x5000, 0x7FFF, 0x3FFF, 0xFFFF)
_PROTOCOLS, _PROTOCOLS_OVER_TCP = (17,) * 20 + (6, 255), (6,) * 9 + (17,) * 9 + (255,)
METHODS = (
    Method.ALLOCATE,
    Method.REFRESH,
    Method.CREATE_PERMISSION,
    Method.CHANNEL_BIND,
    Method.CONNECT,
    Method.CONNECTION_BIND,
    Method.BINDING,
)
LIFETIMES = (600, 600, 600, 0, 1, 601, 3600, 3601, 2**32 - 1)


class Reader(Protocol):
    """Where decisions come from."""

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1; small ones are the usual case."""

    def chunk(self, longest: int) -> bytes:
        """Any bytes."""


class Memory:
    """What clients have been told: good for using it again, in the right place and in others."""

    def __init__(self, user_of: dict[FiveTuple, str]) -> None:
        self.user_of = user_of
        self.nonces: dict[FiveTuple, str] = {}
        self.tickets: list[bytes] = [b""]
        self.tokens: list[bytes] = [b"unknown!"]
        self.connections: list[int] = [7]
        self.protocols = _PROTOCOLS

    def learn(self, place: FiveTuple, message: Message) -> None:
        """Keep what an answer has for later."""
        nonce, ticket = message.get(Nonce), message.get(MobilityTicket)
        if nonce is not None:
            self.nonces[place] = nonce.value
        if ticket is not None:
            self.tickets.append(ticket.value)
        for token in message.get_all(ReservationToken):
            self.tokens.append(token.value)
        for named in message.get_all(ConnectionId):
            self.connections.append(named.number)


@lru_cache
def key_of(user: str, algorithm: PasswordHash) -> bytes:
    """The long-term key of a user."""
    return long_term_key(user, REALM, PASSWORDS[user], algorithm)


def pick(reader: Reader, choices):
    """One of several; the first is the usual case."""
    return choices[reader.below(len(choices))]


def latest(reader: Reader, known: list):
    """One of what is known; the newest is the usual case."""
    return known[-1 - reader.below(min(len(known), 8))]


ATTRIBUTES: tuple[Callable[[Reader, Memory], Attribute], ...] = (
    lambda r, m: RequestedTransport(pick(r, m.protocols)),
    lambda r, m: Lifetime(pick(r, LIFETIMES)),
    lambda r, m: EvenPort(reserve_next=bool(r.below(2))),
    lambda r, m: ReservationToken(latest(r, m.tokens)),
    lambda r, m: RequestedAddressFamily(pick(r, (1, 2, 1, 2, 1, 2, 3))),
    lambda r, m: AdditionalAddressFamily(pick(r, (2,) * 8 + (1, 3))),
    lambda r, m: DontFragment(),
    lambda r, m: MobilityTicket(latest(r, m.tickets)),
    lambda r, m: MobilityTicket(r.chunk(40)),
    lambda r, m: XorPeerAddress(pick(r, USUAL_PEERS)),
    lambda r, m: ChannelNumber(pick(r, CHANNELS)),
    lambda r, m: ConnectionId(latest(r, m.connections)),
    lambda r, m: Data(r.chunk(60)),
    lambda r, m: ChangeRequest(change_ip=bool(r.below(2)), change_port=bool(r.below(2))),
    lambda r, m: ResponsePort(pick(r, (5000, 0, 65535))),
    lambda r, m: Padding(r.chunk(80)),
    lambda r, m: UnknownAttribute(pick(r, (0x8ABC, 0x7ABC, 0x0004)), r.chunk(12)),
    lambda r, m: MobilityTicket(b""),
)
USUAL = {
    Method.ALLOCATE: ((0,), (0, 17), (0, 17), (0, 17), (0, 5), (0, 5, 17), (0, 2), (3, 0), (0, 4)),
    Method.REFRESH: ((1,), (), (7,), (7, 1), (7, 4)),
    Method.CREATE_PERMISSION: ((9,), (9, 9)),
    Method.CHANNEL_BIND: ((10, 9),),
    Method.CONNECT: ((9,),),
    Method.CONNECTION_BIND: ((11,),),
    Method.SEND: ((9, 12), (9, 12, 6), (12, 9, 8)),
}


def attributes_for(reader: Reader, method: int, memory: Memory) -> list[Attribute]:
    """What a method wants, as a rule; sometimes something else, or more."""
    chosen = list(pick(reader, USUAL.get(method, ((),))))
    if reader.below(8) == 7:
        chosen += [reader.below(len(ATTRIBUTES)) for _ in range(reader.below(4))]
        chosen = chosen[reader.below(2) :]
    return [ATTRIBUTES[index](reader, memory) for index in chosen]


def sign(
    reader: Reader, place: FiveTuple, method: int, transaction_id: bytes, memory: Memory
) -> tuple[bytes, IntegrityKey]:
    """A request with a proof, which is good or not quite."""
    user = memory.user_of[place] if reader.below(12) < 11 else pick(reader, tuple(PASSWORDS))
    algorithm = pick(reader, (PasswordHash.MD5,) * 3 + (PasswordHash.SHA256,))
    nonce = memory.nonces.get(place, "none yet")
    if reader.below(40) == 39:
        nonce = pick(reader, (*memory.nonces.values(), "none"))
    name = Username(user) if reader.below(20) < 19 else UserHash(userhash(user, REALM))
    proof: list[Attribute] = [name, Realm(REALM), Nonce(nonce)]
    if algorithm is PasswordHash.SHA256:
        proof += [OFFERED, PasswordAlgorithm(PasswordHash.SHA256)]
    memory.protocols = _PROTOCOLS_OVER_TCP if place.transport.is_stream else _PROTOCOLS
    integrity = Integrity.SHA1 if algorithm is PasswordHash.MD5 else Integrity.SHA256
    key = IntegrityKey(key_of(user, algorithm), integrity)
    wanted = attributes_for(reader, method, memory)
    message = Message.request(method, transaction_id, *wanted, *proof)
    return message.encode(integrity=key, fingerprint=reader.below(4) == 3), key


def spoil(reader: Reader, data: bytes) -> bytes:
    """The same bytes after an accident: changed, cut, grown, doubled, or with a length that fits again."""
    spoilt = bytearray(data)
    for _ in range(1 + reader.below(4)):
        at = reader.below(len(spoilt) + 1)
        match reader.below(6):
            case 0:
                spoilt[at : at + 1] = bytes((reader.below(256),))
            case 1:
                spoilt[at : at + 1] = (
                    bytes((spoilt[at] ^ 1 << reader.below(8),)) if spoilt[at:] else b""
                )
            case 2:
                del spoilt[at:]
            case 3:
                spoilt[at:at] = reader.chunk(8)
            case 4:
                spoilt += spoilt[at : at + 64]
            case 5:
                spoilt[2:4] = max(len(spoilt) - 20, 0).to_bytes(2, "big")
    return bytes(spoilt)


def channel_data(reader: Reader) -> bytes:
    """Data on a channel that may be bound, with a length that may be right."""
    number, data = pick(reader, CHANNELS[:-2]), reader.chunk(40)
    if 0x4000 <= number < 0x5000 and reader.below(8) < 7:
        return ChannelData(number, data).encode()
    length = reader.below(50) if reader.below(3) == 2 else len(data)
    return number.to_bytes(2, "big") + length.to_bytes(2, "big") + data
