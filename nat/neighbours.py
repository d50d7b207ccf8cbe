"""The link-layer address of a neighbour, as the system remembers it (RFC 826); nobody is asked for it.

Two who have the same router as their neighbour are in one network, and home networks are numbered alike. What is written
down of it is a print that tells two routers apart and not which one it is: link-layer addresses of routers are
listed with their places.
"""

import hashlib
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

NEIGHBOURS: Final = Path("/proc/net/arp")
_PATIENCE: Final = 1.0
_HARDWARE: Final = re.compile(r"(?<![\w:-])(?:[0-9a-fA-F]{1,2}[:-]){5}[0-9a-fA-F]{1,2}(?![\w:-])")
_BITS: Final = 12
"""One network in 4,096 has the print of another, and of those who have one nobody is found by it."""
_SHARED: Final = (
    "00005e0001", "00005e0002", "00000c07ac", "00000c9ff", "0007b400",
    "52540012350", "52550a0002", "000000000000",
)  # fmt: skip
"""Link-layer addresses that many routers have: VRRP's (RFC 9568 §7.3), HSRP's and GLBP's, those of the NATs in
VirtualBox and QEMU; and none at all."""


def router_print(router: str) -> str | None:
    """A print of a router's link-layer address; None where the system does not know it, or others have it too."""
    hardware = hardware_of(router)
    return None if hardware is None else print_of(hardware)


def hardware_of(address: str) -> str | None:
    """The link-layer address of a neighbour of IPv4, in 12 hexadecimal digits; None if it is not remembered."""
    match platform.system():
        case "Darwin":
            lines = _printed(["/usr/sbin/arp", "-n", address])
        case "Windows":
            lines = _printed(["arp", "-a", address])
        case _:
            lines = _listed()
    return find(lines, address)


def find(lines: Iterable[str], address: str) -> str | None:
    """The link-layer address in the line about an address, in whatever language and form a system lists it."""
    for line in lines:
        named = address in re.split(r"[\s()]+", line)
        if named and (found := _HARDWARE.search(line)):
            return "".join(each.zfill(2) for each in re.split("[:-]", found[0].lower()))
    return None


def print_of(hardware: str) -> str | None:
    """So few bits of a link-layer address that nobody is found by them; None where it is no one's own."""
    if hardware.startswith(_SHARED) or int(hardware[:2], 16) & 1:
        return None
    digest = hashlib.sha256(b"hairpin router " + bytes.fromhex(hardware)).digest()
    return f"{int.from_bytes(digest[:2], 'big') >> (16 - _BITS):03x}"


def _listed() -> list[str]:
    try:
        return NEIGHBOURS.read_text("ascii", "replace").splitlines()
    except OSError:
        return []


def _printed(command: list[str]) -> list[str]:
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program
            command, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.decode(errors="replace").splitlines()
