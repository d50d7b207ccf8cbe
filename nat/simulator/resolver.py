"""Names of the world: every host on the internet can be looked up, and nothing else can."""

import functools
import ipaddress
import socket
from typing import Any

from nat.packets import Address

AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class Resolver:
    """The table of names. Host names are case-insensitive."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {"localhost": ("127.0.0.1",)}

    def add(self, name: str, addresses: tuple[str, ...]) -> None:
        """Give a name its addresses; a name that is there already is replaced."""
        self._names[name.lower()] = addresses

    def look_up(self, host: str) -> tuple[str, ...]:
        """The addresses of a name, or the address itself.

        Raises:
            socket.gaierror: there is no such name in this world.
        """
        if is_address(host):
            return (host,)
        addresses = self._names.get(host.lower().rstrip("."))
        if addresses is None:
            text = f"Name or service not known: no host of this world is called {host!r}"
            raise socket.gaierror(socket.EAI_NONAME, text)
        return addresses

    def gethostbyname(self, host: str) -> str:
        """As `socket.gethostbyname`: the first IPv4 address."""
        for address in self.look_up(host):
            if ":" not in address:
                return address
        raise socket.gaierror(socket.EAI_NODATA, f"{host!r} has no IPv4 address")

    def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 -- the parameter's name in socket.getaddrinfo
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        """As `socket.getaddrinfo`, for numeric ports."""
        name = host.decode() if isinstance(host, bytes) else host
        if not name:
            passive = bool(flags & socket.AI_PASSIVE)
            found: tuple[str, ...] = ("0.0.0.0",) if passive else ("127.0.0.1",)
        else:
            found = self.look_up(name)
        number = int(port or 0)
        kinds = [socket.SocketKind(type)] if type else [socket.SOCK_STREAM, socket.SOCK_DGRAM]
        return [
            (family_of(address), kind, proto or _PROTOCOLS[kind], "", sockaddr(address, number))
            for address in found
            if family in {0, family_of(address)}
            for kind in kinds
        ] or _no_address(host)


def _no_address(host: object) -> list[AddressInfo]:
    raise socket.gaierror(socket.EAI_NODATA, f"{host!r} has no address of this family")


_PROTOCOLS = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}


@functools.lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Tell an IP address from a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def family_of(address: str) -> socket.AddressFamily:
    """The address family of an IP address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sockaddr(host: str, port: int) -> Address | tuple[str, int, int, int]:
    """An address as sockets give it: two items for IPv4, four for IPv6."""
    return (host, port, 0, 0) if ":" in host else Address(host, port)
