"""A transport address, and its form on the wire.

The text form is the one that the operating system's sockets give and take (`inet_ntop`), so that an address from a message
equals the one from `recvfrom`. Only the text conversion of `socket` is used here: nothing is opened.
"""

import enum
import struct
from socket import AF_INET6, inet_aton, inet_ntoa, inet_ntop, inet_pton
from typing import NamedTuple

from stunwire.errors import DecodeError

MAGIC_COOKIE = 0x2112A442
"""RFC 8489 §5: the fixed value in every STUN header."""

_HEADER = struct.Struct("!BBH")
_IPV4_LENGTH = 8
_IPV6_LENGTH = 20
# Port and address are xor'ed with the cookie, each from its own start; an IPv6 address also with the transaction id.
_IPV4_MASK = MAGIC_COOKIE >> 16 << 32 | MAGIC_COOKIE
_IPV6_MASK = MAGIC_COOKIE >> 16 << 128 | MAGIC_COOKIE << 96


class Family(enum.IntEnum):
    """The address families with their values on the wire. RFC 8489 §14.1."""

    IPV4 = 1
    IPV6 = 2


class Address(NamedTuple):
    """A transport address: `host` as numeric text, `port` as a number. It equals the plain tuple."""

    host: str
    port: int

    @property
    def family(self) -> Family:
        """IPv4 or IPv6, by the look of the host."""
        return Family.IPV6 if ":" in self.host else Family.IPV4


def encode_address(address: tuple[str, int]) -> bytes:
    """The value of MAPPED-ADDRESS. RFC 8489 §14.1.

    Raises:
        ValueError: the host is no numeric address, or the port is not in 0..65535.
    """
    host, port = address
    packed, family = _pack_host(host)
    return _pack_header(family, port) + packed


def decode_address(value: bytes) -> Address:
    """Read the value of MAPPED-ADDRESS. RFC 8489 §14.1."""
    family, port = _unpack_header(value)
    if family is Family.IPV4:
        return Address(inet_ntoa(value[4:]), port)
    return Address(inet_ntop(AF_INET6, value[4:]), port)


def mask_address(value: bytes, transaction_id: bytes) -> bytes:
    """Turn the value of MAPPED-ADDRESS into that of XOR-MAPPED-ADDRESS, and back. RFC 8489 §14.2.

    A value that is no address comes back as it is; `decode_address` refuses it.
    """
    number = int.from_bytes(value, "big")
    match len(value):
        case 8:
            return (number ^ _IPV4_MASK).to_bytes(_IPV4_LENGTH, "big")
        case 20:
            mask = _IPV6_MASK | int.from_bytes(transaction_id, "big")
            return (number ^ mask).to_bytes(_IPV6_LENGTH, "big")
        case _:
            return value


def _pack_host(host: str) -> tuple[bytes, Family]:
    try:
        if ":" not in host:
            packed = inet_aton(host)
            # inet_aton also takes "127.1" and "0x7f.1", which nobody else would read the same way.
            if inet_ntoa(packed) == host:
                return packed, Family.IPV4
        else:
            # RFC 4007 §11: a zone has a meaning on one machine only, so it never goes onto the wire.
            return inet_pton(AF_INET6, host.partition("%")[0]), Family.IPV6
    except OSError:
        pass
    raise ValueError(f"expected a numeric IPv4 or IPv6 address, got {host!r}")


def _pack_header(family: Family, port: int) -> bytes:
    try:
        return _HEADER.pack(0, family, port)
    except struct.error:
        raise ValueError(f"expected a port in 0..65535, got {port!r}") from None


def _unpack_header(value: bytes) -> tuple[Family, int]:
    length = len(value)
    if length < 4:
        raise DecodeError(f"an address has at least 4 bytes, got {length}")
    family = value[1]
    port = value[2] << 8 | value[3]
    if family == Family.IPV4 and length == _IPV4_LENGTH:
        return Family.IPV4, port
    if family == Family.IPV6 and length == _IPV6_LENGTH:
        return Family.IPV6, port
    raise DecodeError(f"an address of family {family} cannot have {length} bytes")
