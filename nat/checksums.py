"""Checksums of IP, UDP, TCP and ICMP (RFC 1071): sums of 16-bit words, modulo 65535.

Sums here are plain integers that are equal to the sum of the words modulo 65535: 65536 leaves 1, so a
whole packet read as one big number will do.
"""

import functools
import ipaddress

_UDP = 17
_MANY = 4096


def sum_of(data: bytes) -> int:
    """The sum of the words; an odd last byte counts as if a zero followed."""
    total = int.from_bytes(data, "big") % 0xFFFF
    return total << 8 if len(data) & 1 else total


def pseudo_sum(source: str, destination: str, protocol: int, length: int) -> int:
    """The sum of the pseudo-header (RFC 768, RFC 8200 §8.1)."""
    return address_sum(source) + address_sum(destination) + protocol + length


def neutral_checksum(data: bytes) -> int:
    """What the checksum of a UDP datagram would be if its addresses and ports counted nothing.

    The first `Fragment` of a datagram carries it, as a NAT changes addresses and ports, and nobody can
    compute the checksum of a datagram from one piece.

    Args:
        data: the payload.
    """
    length = 8 + len(data)
    return -(_UDP + 2 * length + sum_of(data)) % 0xFFFF or 0xFFFF


@functools.lru_cache(_MANY)
def address_sum(host: str) -> int:
    """The sum of an IP address."""
    return int.from_bytes(packed(host), "big") % 0xFFFF


@functools.lru_cache(_MANY)
def packed(host: str) -> bytes:
    """The bytes of an IP address.

    Raises:
        ValueError: it is none.
    """
    return ipaddress.ip_address(host).packed


@functools.lru_cache(_MANY)
def host_of(data: bytes) -> str:
    """The IP address of four or sixteen bytes."""
    return str(ipaddress.ip_address(data))
