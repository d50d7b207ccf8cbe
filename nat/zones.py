"""Addresses that count on one link only, as `fe80::1%eth0` (RFC 4007 §11): how sockets write them."""

import socket
import sys
from typing import Any

from stunwire import Address


def to_socket(address: Address) -> Any:
    """An address as sockets take it, where the zone is a number of its own.

    Raises:
        OSError: there is no such interface.
    """
    host, mark, zone = address[0].partition("%")
    return (host, address[1], 0, number_of(zone)) if mark else address


def from_socket(found: tuple[Any, ...]) -> Address:
    """An address that a socket gave, with its zone if it has one, as `nat.routes` writes it."""
    host, port, zone = found[0], found[1], found[3] if len(found) > 3 else 0
    if not zone:
        return Address(host, port)
    name = str(zone) if sys.platform == "win32" else socket.if_indextoname(zone)
    return Address(f"{host}%{name}", port)


def zone_of(host: str) -> str:
    """The zone of an address; empty if it has none."""
    return host.partition("%")[2]


def number_of(zone: str) -> int:
    """The number of an interface.

    Raises:
        OSError: there is no such interface.
    """
    return int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
