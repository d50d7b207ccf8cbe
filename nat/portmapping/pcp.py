"""PCP as a NAT, or a firewall of IPv6, answers it (RFC 6887): MAP and ANNOUNCE, with PREFER_FAILURE."""

import enum
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from nat.packets import Address, Drop, Protocol
from nat.portmapping.mapper import PortMapper, find, granted, map_exactly, map_wished

PORT: Final = 5351
VERSION: Final = 2
LARGEST: Final = 1100
"""Bytes of a message (RFC 6887 §7)."""
SHORT_ERROR: Final = 30
LONG_ERROR: Final = 1800
"""Seconds for which the client need not ask again (RFC 6887 §7.4)."""

_ANSWER: Final = 0x80
_REQUEST: Final = struct.Struct("!BBHI16s")
_RESPONSE: Final = struct.Struct("!BBBBII12x")
_MAP: Final = struct.Struct("!12sB3xHH16s")
_OPTION: Final = struct.Struct("!BBH")
_PROTOCOLS: Final = {17: Protocol.UDP, 6: Protocol.TCP}
_OPTIONAL: Final = 128
_PRUNE_AT: Final = 256


class Opcode(enum.IntEnum):
    """What a request wants (RFC 6887 §19.2)."""

    ANNOUNCE = 0
    MAP = 1
    PEER = 2


class Option(enum.IntEnum):
    """Options of MAP (RFC 6887 §13)."""

    THIRD_PARTY = 1
    PREFER_FAILURE = 2
    FILTER = 3


class Result(enum.IntEnum):
    """Result codes (RFC 6887 §7.4)."""

    SUCCESS = 0
    UNSUPP_VERSION = 1
    NOT_AUTHORIZED = 2
    MALFORMED_REQUEST = 3
    UNSUPP_OPCODE = 4
    UNSUPP_OPTION = 5
    MALFORMED_OPTION = 6
    NETWORK_FAILURE = 7
    NO_RESOURCES = 8
    UNSUPP_PROTOCOL = 9
    USER_EX_QUOTA = 10
    CANNOT_PROVIDE_EXTERNAL = 11
    ADDRESS_MISMATCH = 12
    EXCESSIVE_REMOTE_PEERS = 13


_FOR_NOW: Final = {Result.NETWORK_FAILURE, Result.NO_RESOURCES, Result.USER_EX_QUOTA}


class RefusedError(Exception):
    """A request that gets an error."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.name)
        self.result = result


class Pcp:
    """The server of one NAT or firewall.

    Args:
        mapper: the NAT or firewall.
        started: when its table of mappings began to be, in seconds (RFC 6887 §8.5).
    """

    def __init__(self, mapper: PortMapper, started: float) -> None:
        self._mapper = mapper
        self._started = started
        self._nonces: dict[tuple[Protocol, Address], bytes] = {}
        self._prune_at = _PRUNE_AT

    def receive(self, data: bytes, source: Address, now: float) -> bytes | None:
        """Answer a request of a host inside; None for what is none (RFC 6887 §8.3)."""
        if len(data) < 2 or data[1] & _ANSWER:
            return None
        opcode = data[1]
        try:
            lifetime, body = self._serve(data, source, now)
        except RefusedError as refusal:
            time = SHORT_ERROR if refusal.result in _FOR_NOW else LONG_ERROR
            return self._head(opcode, refusal.result, time, now) + _echoed(data)
        return self._head(opcode, Result.SUCCESS, lifetime, now) + body

    def announcement(self, now: float) -> bytes:
        """News for all clients: the epoch, and with it that mappings are gone (RFC 6887 §14.1)."""
        return self._head(Opcode.ANNOUNCE, Result.SUCCESS, 0, now)

    def _serve(self, data: bytes, source: Address, now: float) -> tuple[int, bytes]:
        """The lifetime and what follows the head of an answer."""
        if data[0] != VERSION:
            raise RefusedError(Result.UNSUPP_VERSION)
        if len(data) < _REQUEST.size or len(data) > LARGEST or len(data) % 4:
            raise RefusedError(Result.MALFORMED_REQUEST)
        _, opcode, _, lifetime, client = _REQUEST.unpack_from(data)
        if unpack_host(client) != source.host:
            raise RefusedError(Result.ADDRESS_MISMATCH)
        if opcode == Opcode.ANNOUNCE:
            _options(data, _REQUEST.size, allowed=frozenset())
            return 0, b""
        if opcode != Opcode.MAP:
            raise RefusedError(Result.UNSUPP_OPCODE)
        if len(data) < _REQUEST.size + _MAP.size:
            raise RefusedError(Result.MALFORMED_REQUEST)
        return self._map(data, source, lifetime, now)

    def _map(self, data: bytes, source: Address, lifetime: int, now: float) -> tuple[int, bytes]:
        """RFC 6887 §11.3."""
        nonce, number, port, wanted, _ = _MAP.unpack_from(data, _REQUEST.size)
        options = _options(
            data, _REQUEST.size + _MAP.size, allowed=frozenset({Option.PREFER_FAILURE})
        )
        protocol = _PROTOCOLS.get(number)
        if protocol is None or port == 0:
            raise RefusedError(Result.UNSUPP_PROTOCOL)
        internal = Address(source.host, port)
        self._check_nonce(protocol, internal, nonce, now)
        if lifetime == 0:
            self._mapper.unmap_port(protocol, internal, now)
            self._nonces.pop((protocol, internal), None)
            return 0, _MAP.pack(nonce, number, port, 0, pack_host(nowhere(source.host)))
        time = granted(lifetime)
        if Option.PREFER_FAILURE in options and wanted:
            got = map_exactly(self._mapper, protocol, internal, wanted, time, now)
            failure = Result.CANNOT_PROVIDE_EXTERNAL
        else:
            got = map_wished(self._mapper, protocol, internal, wanted, time, now)
            failure = Result.NO_RESOURCES
        if isinstance(got, Drop):
            raise RefusedError(failure)
        self._keep_nonce(protocol, internal, nonce, now)
        return time, _MAP.pack(nonce, number, port, got.port, pack_host(got.host))

    def _check_nonce(self, protocol: Protocol, internal: Address, nonce: bytes, now: float) -> None:
        """Who renews or ends a mapping must be who made it (RFC 6887 §11.3)."""
        known = self._nonces.get((protocol, internal))
        if known is None:
            return
        if find(self._mapper, protocol, internal, now) is None:
            del self._nonces[protocol, internal]
        elif known != nonce:
            raise RefusedError(Result.NOT_AUTHORIZED)

    def _keep_nonce(self, protocol: Protocol, internal: Address, nonce: bytes, now: float) -> None:
        """Remember who made a mapping, and forget those of mappings that are gone."""
        if len(self._nonces) >= self._prune_at:
            living = {(one.protocol, one.internal) for one in self._mapper.explicit_mappings(now)}
            self._nonces = {key: kept for key, kept in self._nonces.items() if key in living}
            self._prune_at = max(_PRUNE_AT, 2 * len(self._nonces))
        self._nonces[protocol, internal] = nonce

    def _head(self, opcode: int, result: Result, lifetime: int, now: float) -> bytes:
        epoch = int(now - self._started)
        return _RESPONSE.pack(VERSION, opcode | _ANSWER, 0, result, lifetime, epoch)


def _options(data: bytes, start: int, *, allowed: frozenset[Option]) -> set[int]:
    """The codes of the options; those from 128 on may be ignored (RFC 6887 §7.3)."""
    found: set[int] = set()
    for code in _codes(data, start):
        if code in allowed and code not in found:
            found.add(code)
        elif code in found:
            raise RefusedError(Result.MALFORMED_OPTION)
        elif code < _OPTIONAL:
            raise RefusedError(Result.UNSUPP_OPTION)
    return found


def _codes(data: bytes, start: int) -> Iterator[int]:
    while start < len(data):
        code, _, length = _OPTION.unpack_from(data, start)
        start += _OPTION.size + length + -length % 4
        if start > len(data):
            raise RefusedError(Result.MALFORMED_OPTION)
        if code == Option.PREFER_FAILURE and length:
            raise RefusedError(Result.MALFORMED_OPTION)
        yield code


def _echoed(data: bytes) -> bytes:
    """What followed the head of a request that is refused comes back (RFC 6887 §8.2)."""
    body = data[_REQUEST.size : LARGEST]
    return body + bytes(-len(body) % 4)


def nowhere(host: str) -> str:
    """The address that means none, in the family of another (RFC 6887 §5)."""
    return "::" if ":" in host else "0.0.0.0"


def pack_host(host: str) -> bytes:
    """An address in the 16 bytes that PCP has for it (RFC 6887 §5)."""
    address = ip_address(host)
    return address.packed if address.version == 6 else b"\0" * 10 + b"\xff\xff" + address.packed


def unpack_host(packed: bytes) -> str:
    """The address in 16 bytes of PCP."""
    address = IPv6Address(packed)
    four: IPv4Address | None = address.ipv4_mapped
    return str(four if four is not None else address)
