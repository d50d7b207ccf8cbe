"""The default router of this machine: to whom what goes to the internet is handed first."""

import ipaddress
import platform
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import ifaddr

from nat.routeprints import macos_router, windows_routers, windows_routers6
from stunwire import Family

ROUTES: Final = Path("/proc/net/route")
ROUTES6: Final = Path("/proc/net/ipv6_route")

_UP: Final = 0x1
_GATEWAY: Final = 0x2
_REJECT: Final = 0x200
"""Flags of linux/route.h."""
_PATIENCE: Final = 2.0
"""Seconds in which a program of the system's must have printed its table."""


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
    match platform.system():
        case "Darwin":
            return macos_router(_printed(macos_question(family, interface)))
        case "Windows":
            return _windows_router(family, interface)
    path = ROUTES if family is Family.IPV4 else ROUTES6
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except FileNotFoundError:
        raise UnknownRouterError(_why(path)) from None
    read = routers if family is Family.IPV4 else routers6
    found = (one for one in read(lines) if interface in {"", one[1]})
    best = min(found, default=None)
    return None if best is None else best[2]


def macos_question(family: Family, interface: str) -> list[str]:
    """The command that asks macOS."""
    six = ["-inet6"] if family is Family.IPV6 else []
    scope = ["-ifscope", interface] if interface else []
    return ["/sbin/route", "-n", "get", *six, *scope, "default"]


def _windows_router(family: Family, interface: str) -> str | None:
    six = family is Family.IPV6
    text = _printed(["route", "print", "-6" if six else "-4"])
    own = _marks_of(interface) if interface else set()
    read = windows_routers6 if six else windows_routers
    found = (one for one in read(text) if not interface or one[1] in own)
    best = min(found, default=None)
    return None if best is None else best[2]


def _marks_of(interface: str) -> set[str]:
    """By what Windows calls an interface in its tables: its addresses of IPv4, and its number."""
    marks = set()
    for adapter in ifaddr.get_adapters():
        if adapter.name == interface:
            marks |= {str(adapter.index), *(one.ip for one in adapter.ips if one.is_IPv4)}
    return {one for one in marks if isinstance(one, str)}


def _printed(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program
            command, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnknownRouterError(
            f"the default router is not known: {command[0]}: {error}; name it yourself"
        ) from None
    return done.stdout.decode(errors="replace")


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
