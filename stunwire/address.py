"""A transport address, and its form on the wire.

The text form is the one that the operating system's sockets give and take (`inet_ntop`), so that an address from a message
equals the one from `recvfrom`. Only the text conversion of `socket` is used here: nothing is opened.
"""

import enum
import struct
from functools import lru_cache
from socket import AF_INET6, inet_aton, inet_ntoa, inet_ntop, inet_pton
from typing import NamedTuple

from stunwire.errors import DecodeError

MAGIC_COOKIE = 0x2112A442
"""RFC 8489 §5: the fixed value in every STUN header."""


class Family(enum.IntEnum):
    """The address families with their values on the wire. RFC 8489 §14.1."""

    IPV4 = 1
    IPV6 = 2


_HEADER = struct.Struct("!BBH")
_IPV4 = Family.IPV4.value
_IPV6 = Family.IPV6.value
_LAST_PORT = 0xFFFF
_HOSTS_AT_HAND = 1024
_IPV4_LENGTH = 8
_IPV6_LENGTH = 20
# Port and address are xor'ed with the cookie, each from its own start; an IPv6 address also with the transaction id.
_IPV4_MASK = MAGIC_COOKIE >> 16 << 32 | MAGIC_COOKIE
_IPV6_MASK = MAGIC_COOKIE >> 16 << 128 | MAGIC_COOKIE << 96


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
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"expected a port in 0..65535, got {port!r}")
    if ":" in host:
        return _HEADER.pack(0, _IPV6, port) + _pack_ipv6(host)
    return _HEADER.pack(0, _IPV4, port) + _pack_ipv4(host)


def decode_address(value: bytes) -> Address:
    """Read the value of MAPPED-ADDRESS. RFC 8489 §14.1."""
    length = len(value)
    if length == _IPV4_LENGTH and value[1] == _IPV4:
        return Address(inet_ntoa(value[4:]), value[2] << 8 | value[3])
    if length == _IPV6_LENGTH and value[1] == _IPV6:
        return Address(inet_ntop(AF_INET6, value[4:]), value[2] << 8 | value[3])
    raise DecodeError(
        f"expected an address of family 1 or 2, got {length} bytes: {value[:4].hex()}"
    )


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


@lru_cache(_HOSTS_AT_HAND)
def _pack_ipv4(host: str) -> bytes:
    try:
        packed = inet_aton(host)
    except OSError:
        packed = b""
    # inet_aton also takes "127.1" and "0x7f.1", which others read differently or not at all.
    if not packed or inet_ntoa(packed) != host:
        raise ValueError(f"expected a numeric address, got {host!r}")
    return packed


def _pack_ipv6(host: str) -> bytes:
    try:
        # RFC 4007 §11: a zone has a meaning on one machine only, so it never goes onto the wire.
        return inet_pton(AF_INET6, host.partition("%")[0])
    except OSError:
        raise ValueError(f"expected a numeric address, got {host!r}") from None
