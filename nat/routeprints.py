"""The default router as `route` prints it on macOS and on Windows: text read, in whatever language it is."""

import ipaddress
from collections.abc import Iterable
from typing import Final

_EVERYWHERE: Final = "0.0.0.0"
_PERSISTENT: Final = "0"
"""Windows lists routes of every start once more, for no interface."""


def macos_router(text: str) -> str | None:
    """The router of macOS's `route -n get default`, or None if there is none.

    A link-local address of IPv6 comes with its interface, as it is to be given on.
    """
    for line in text.splitlines():
        name, _, value = line.strip().partition(": ")
        if name == "gateway":
            return value if _is_address(value) else None  # `link#5` is an interface without one
    return None


def windows_routers(text: str) -> Iterable[tuple[int, str, str]]:
    """The metric, own address and router of each default route in Windows' `route print -4`."""
    for line in text.splitlines():
        cells = line.split()
        if len(cells) != 5 or cells[:2] != [_EVERYWHERE, _EVERYWHERE]:
            continue
        _, _, router, own, metric = cells
        if _is_address(router) and _is_address(own) and metric.isdecimal():
            yield int(metric), own, router


def windows_routers6(text: str) -> Iterable[tuple[int, str, str]]:
    """The metric, number of the interface and router of each default route in `route print -6`."""
    for line in text.splitlines():
        cells = line.split()
        if len(cells) != 4 or cells[2] != "::/0" or cells[0] == _PERSISTENT:
            continue
        number, metric, _, router = cells
        if not (number.isdecimal() and metric.isdecimal() and _is_address(router)):
            continue
        scope = (
            f"%{number}" if ipaddress.IPv6Address(router.partition("%")[0]).is_link_local else ""
        )
        yield int(metric), number, f"{router.partition('%')[0]}{scope}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
