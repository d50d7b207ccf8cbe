"""A TUN interface in a network namespace: the kernel's IP packets come out of it and go into it."""

import contextlib
import fcntl
import ipaddress
import os
import struct
import time
from pathlib import Path
from typing import Final

from nat.kernel import Namespace
from nat.tun.errors import NoTunError, TunLabError

DEFAULT_MTU: Final = 1500
LARGEST_PACKET: Final = 65535
QUEUE: Final = 4096
"""Packets that wait in the kernel until they are read; what finds no room is lost unseen."""

_TUNSETIFF: Final = 0x400454CA  # include/uapi/linux/if_tun.h
_IFF_TUN: Final = 0x0001
_IFF_NO_PI: Final = 0x1000
_LONGEST_NAME: Final = 15
_FIRST_TABLE: Final = 100
_NO_SEARCH: Final = ("", " nodad")
"""Until a duplicate has been looked for, an IPv6 address is the source of nothing (RFC 4862 §5.4)."""
_LOCAL_ROUTE: Final = 0x80000000  # RTF_LOCAL, include/uapi/linux/ipv6_route.h
_PATIENCE: Final = 5.0
_PAUSE: Final = 0.001


class TunDevice:
    """One interface, which vanishes with its last descriptor.

    Args:
        namespace: where it is.
        name: how programs there see it.
        mtu: bytes of the largest IP packet.

    Raises:
        NoTunError: there is no /dev/net/tun, or this process may not use it.
        TunLabError: the name is longer than the kernel allows.
    """

    def __init__(self, namespace: Namespace, name: str, *, mtu: int = DEFAULT_MTU) -> None:
        if not 0 < len(name) <= _LONGEST_NAME:
            raise TunLabError(
                f"the interface {name!r} of {namespace.name} needs a name of 1 to {_LONGEST_NAME}"
                " characters"
            )
        self.name = name
        self.mtu = mtu
        self.namespace = namespace
        self._descriptor = _open(namespace, name)

    def __repr__(self) -> str:
        return f"<TunDevice {self.name} of {self.namespace.name}>"

    def fileno(self) -> int:
        """The descriptor, which is readable when a packet has come."""
        return self._descriptor

    def read(self) -> bytes | None:
        """The next IP packet that the kernel sends, or None if there is none now."""
        try:
            return os.read(self._descriptor, LARGEST_PACKET)
        except BlockingIOError:
            return None

    def write(self, packet: bytes) -> str | None:
        """Hand an IP packet to the kernel.

        Returns:
            Why the kernel did not take it, or None if it did.
        """
        try:
            os.write(self._descriptor, packet)
        except OSError as error:
            return os.strerror(error.errno or 0)
        return None

    def set_up(
        self, addresses: tuple[str, ...], gateways: tuple[str, ...] = (), *, metric: int = 0
    ) -> None:
        """Give it addresses with their width, and send through it whatever is not the host's.

        Args:
            addresses: such as `192.168.1.2/24`.
            gateways: what programs see as the router, at most one of each family.
            metric: of a host's interfaces, the one with the lowest is the way out; but what is
                bound to an address of another one leaves there.

        Raises:
            CommandFailedError: the kernel refused one.
        """
        has_six = any(":" in one for one in addresses)
        # Without an address nobody may speak IPv6 here; with one, nobody asks for routers.
        self.namespace.sysctl(
            **{
                f"ipv6__conf__{self.name}__disable_ipv6": int(not has_six),
                f"ipv6__conf__{self.name}__addr_gen_mode": 1,
                f"ipv6__conf__{self.name}__router_solicitations": 0,
                f"ipv4__conf__{self.name}__rp_filter": 0,
            }
        )
        self.namespace.ip(
            f"link set {self.name} mtu {self.mtu} txqueuelen {QUEUE} up",
            *(f"address add {one} dev {self.name}{_NO_SEARCH[':' in one]}" for one in addresses),
            *_routes(self.name, addresses, gateways, metric),
        )
        for one in addresses if metric else ():
            table = str(_FIRST_TABLE + metric)
            family, address = "-6" if ":" in one else "-4", one.partition("/")[0]
            rule = ["ip", family, "rule", "add", "from", address, "table", table]
            self.namespace.run(rule, check=True)
        self._await_local({one.partition("/")[0] for one in addresses if ":" in one})

    def _await_local(self, addresses: set[str]) -> None:
        """Wait until IPv6 addresses are the host's: the kernel says so a moment later, by itself."""
        missing = {ipaddress.ip_address(one).packed.hex() for one in addresses}
        give_up = time.monotonic() + _PATIENCE
        while missing:
            with self.namespace.entered():
                lines = Path("/proc/thread-self/net/ipv6_route").read_text().splitlines()
            routes = [line.split() for line in lines]
            missing -= {one[0] for one in routes if int(one[8], 16) & _LOCAL_ROUTE}
            if missing and time.monotonic() > give_up:
                raise TunLabError(f"the kernel does not use {', '.join(sorted(addresses))}")
            time.sleep(_PAUSE if missing else 0)

    def close(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
        self._descriptor = -1


def _routes(
    name: str, addresses: tuple[str, ...], gateways: tuple[str, ...], metric: int
) -> list[str]:
    commands = []
    for six in sorted({":" in one for one in addresses}):
        via = "".join(f"via {one} " for one in gateways if (":" in one) == six)
        route = f"route add {'::/0' if six else '0.0.0.0/0'} {via}dev {name}"
        commands.append(f"{route} metric {metric + 1}")
        if metric:
            commands.append(f"{route} table {_FIRST_TABLE + metric}")
    return commands


def _open(namespace: Namespace, name: str) -> int:
    with namespace.entered():  # an interface belongs to the namespace in which it was opened
        try:
            descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise NoTunError(
                f"/dev/net/tun cannot be opened ({os.strerror(error.errno or 0)}): the TUN lab"
                " needs root and the kernel's module `tun`; in a container, give it --device"
                " /dev/net/tun and --cap-add NET_ADMIN --cap-add SYS_ADMIN"
            ) from None
        request = struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI)
        try:
            fcntl.ioctl(descriptor, _TUNSETIFF, request)
        except OSError as error:
            os.close(descriptor)
            raise NoTunError(
                f"the kernel makes no interface {name} in {namespace.name}:"
                f" {os.strerror(error.errno or 0)}"
            ) from None
    return descriptor
