"""Waiting until interfaces that were told to be up are up.

The kernel tells the rest of itself of a cable's ends in a work queue of its own. Until then a bridge
passes nothing on and IPv6 has no address to answer from; whoever asks for a neighbour in between is
not heard, and asks again only a second later.
"""

import fcntl
import socket
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from nat.kernel.errors import KernelLabError
from nat.kernel.namespaces import Namespace

PATIENCE: Final = 10.0
"""Seconds until interfaces that are not up are an error."""

_PAUSE: Final = 0.002
_SIOCGIFFLAGS: Final = 0x8913
_REQUEST: Final = struct.Struct("16sH22x")
_RUNNING: Final = 0x40
_TENTATIVE: Final = 0x40


def wait_until_up(interfaces: Iterable[tuple[Namespace, str]], patience: float = PATIENCE) -> None:
    """Wait until interfaces pass packets and their IPv6 addresses may be used.

    Args:
        interfaces: each the namespace it is in and its name there.
        patience: in seconds.

    Raises:
        KernelLabError: they do not, after that time; it names the first.
    """
    end = time.monotonic() + patience
    for namespace, name in interfaces:
        with namespace.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            while not _is_up(asking, name):
                if time.monotonic() > end:
                    raise KernelLabError(
                        f"{name}, in {namespace.name}, is not up after {patience:g} s"
                    )
                time.sleep(_PAUSE)


def _is_up(asking: socket.socket, name: str) -> bool:
    request = _REQUEST.pack(name.encode(), 0)
    flags: int = _REQUEST.unpack(fcntl.ioctl(asking, _SIOCGIFFLAGS, request))[1]
    return bool(flags & _RUNNING) and name not in _tentative()


def _tentative() -> set[str]:
    """The interfaces with an IPv6 address that is still looked for elsewhere (RFC 4862 §5.4)."""
    rows = Path("/proc/thread-self/net/if_inet6").read_text().splitlines()
    return {row.split()[5] for row in rows if int(row.split()[4], 16) & _TENTATIVE}
