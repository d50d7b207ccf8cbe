"""PCP as a client speaks it (RFC 6887): MAP and ANNOUNCE as bytes, and bytes as answers; no sockets."""

import struct
from dataclasses import dataclass, field
from typing import Final

from nat.packets import Protocol
from nat.portmap.errors import MalformedError
from nat.portmapping.pcp import (
    LARGEST,
    PORT,
    VERSION,
    Opcode,
    Result,
    nowhere,
    pack_host,
    unpack_host,
)
from stunwire import Address

__all__ = [
    "NONCE_SIZE",
    "PORT",
    "Announced",
    "Answer",
    "Mapped",
    "OtherVersion",
    "Refused",
    "decode",
    "encode_announce",
    "encode_map",
    "nowhere",
]

NONCE_SIZE: Final = 12
_ANSWER: Final = 0x80
_REQUEST: Final = struct.Struct("!BBHI16s")
_RESPONSE: Final = struct.Struct("!BBBBII12x")
_MAP: Final = struct.Struct("!12sB3xHH16s")
_NUMBERS: Final = {Protocol.UDP: 17, Protocol.TCP: 6}
_PROTOCOLS: Final = {number: protocol for protocol, number in _NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class Announced:
    """The server is there (RFC 6887 §14.1)."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping that was made, renewed, or ended: then its lifetime is 0 (RFC 6887 §11.1).

    Attributes:
        nonce: of who made it. Who knows it can end the mapping, so it is never printed.
    """

    epoch: int
    lifetime: int
    protocol: Protocol
    internal_port: int
    external: Address
    nonce: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that failed (RFC 6887 §7.2).

    Attributes:
        lifetime: seconds for which the same request would fail again.
        nonce: that of the request, where the answer repeats it.
    """

    epoch: int
    opcode: int
    code: int
    lifetime: int
    nonce: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The gateway speaks another version: 0 is NAT-PMP (RFC 6887 appendix A)."""

    version: int


Answer = Announced | Mapped | Refused | OtherVersion


def encode_announce(client: str) -> bytes:
    """Ask whether a server is there, and for its epoch; `client` is our own address."""
    return _head(Opcode.ANNOUNCE, 0, client)


def encode_map(
    client: str,
    nonce: bytes,
    protocol: Protocol,
    internal_port: int,
    lifetime: int,
    *,
    wanted: Address | None = None,
) -> bytes:
    """Ask for a mapping, or with a lifetime of 0 for its end (RFC 6887 §11.1, §15.1).

    Args:
        client: our own address, as the gateway sees it.
        nonce: the same for all requests about one mapping (RFC 6887 §11.2).
        wanted: the external address and port that would be best.
    """
    host, port = wanted or (nowhere(client), 0)
    body = _MAP.pack(nonce, _NUMBERS[protocol], internal_port, port, pack_host(host))
    return _head(Opcode.MAP, lifetime, client) + body


def _head(opcode: Opcode, lifetime: int, client: str) -> bytes:
    return _REQUEST.pack(VERSION, opcode, 0, lifetime, pack_host(client.partition("%")[0]))


def decode(data: bytes) -> Answer:
    """Read what a gateway has sent (RFC 6887 §8.3).

    Raises:
        MalformedError: it is no answer of PCP.
    """
    if len(data) < 4 or not data[1] & _ANSWER:
        raise MalformedError(f"expected an answer of PCP, got {len(data)} bytes")
    if data[0] != VERSION:
        return OtherVersion(data[0])
    if not _RESPONSE.size <= len(data) <= LARGEST or len(data) % 4:
        raise MalformedError(f"an answer of PCP cannot have {len(data)} bytes")
    _, opcode, _, code, lifetime, epoch = _RESPONSE.unpack_from(data)
    opcode -= _ANSWER
    body = data[_RESPONSE.size :]
    if code != Result.SUCCESS:
        nonce = body[:NONCE_SIZE] if opcode == Opcode.MAP and len(body) >= _MAP.size else b""
        return Refused(epoch, opcode, code, lifetime, nonce)
    if opcode == Opcode.ANNOUNCE:
        return Announced(epoch)
    return _decode_mapped(body, opcode, epoch, lifetime)


def _decode_mapped(body: bytes, opcode: int, epoch: int, lifetime: int) -> Mapped:
    if opcode != Opcode.MAP or len(body) < _MAP.size:
        raise MalformedError(f"{len(body)} bytes are no answer to PCP's request {opcode}")
    nonce, number, internal_port, external_port, host = _MAP.unpack_from(body)
    protocol = _PROTOCOLS.get(number)
    if protocol is None:
        raise MalformedError(f"expected a mapping of UDP (17) or TCP (6), got one of {number}")
    external = Address(unpack_host(host), external_port)
    return Mapped(epoch, lifetime, protocol, internal_port, external, nonce)
