"""The default router of this machine: to whom what goes to the internet is handed first."""

import ipaddress
import platform
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from stunwire import Family

ROUTES: Final = Path("/proc/net/route")
ROUTES6: Final = Path("/proc/net/ipv6_route")

_UP: Final = 0x1
_GATEWAY: Final = 0x2
_REJECT: Final = 0x200
"""Flags of linux/route.h."""


class UnknownRouterError(OSError):
    """It cannot be found out; the message says why."""


def default_router(family: Family, interface: str = "") -> str | None:
    """The default router's address, or None if there is none.

    Args:
        family: of addresses.
        interface: only routes through this one count; empty for any. A link-local address of IPv6
            is given with its interface, as `fe80::1%eth0`.

    Raises:
        UnknownRouterError: this system does not tell.
    """
    path = ROUTES if family is Family.IPV4 else ROUTES6
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except FileNotFoundError:
        raise UnknownRouterError(_why(path)) from None
    read = routers if family is Family.IPV4 else routers6
    found = (one for one in read(lines) if interface in {"", one[1]})
    best = min(found, default=None)
    return None if best is None else best[2]


def routers(lines: Iterable[str]) -> Iterable[tuple[int, str, str]]:
    """The metric, interface and address of each default route in Linux's table for IPv4."""
    for line in lines:
        cells = line.split()
        if len(cells) < 8 or (cells[1], cells[7]) != ("00000000", "00000000"):
            continue
        if int(cells[3], 16) & (_UP | _GATEWAY | _REJECT) == _UP | _GATEWAY:
            # the kernel writes the four bytes as a number of its own order
            packed = struct.pack("=I", int(cells[2], 16))
            yield int(cells[6]), cells[0], str(ipaddress.IPv4Address(packed))


def routers6(lines: Iterable[str]) -> Iterable[tuple[int, str, str]]:
    """The same in its table for IPv6."""
    for line in lines:
        cells = line.split()
        if len(cells) < 10 or cells[0] != "0" * 32 or cells[1] != "00":
            continue
        if int(cells[8], 16) & (_UP | _GATEWAY | _REJECT) == _UP | _GATEWAY:
            address = ipaddress.IPv6Address(bytes.fromhex(cells[4]))
            scope = f"%{cells[9]}" if address.is_link_local else ""
            yield int(cells[5], 16), cells[9], f"{address}{scope}"


def _why(path: Path) -> str:
    return (
        f"the default router is not known: {platform.system()} has no {path}; name it yourself"
        " (UPnP finds it without)"
    )
