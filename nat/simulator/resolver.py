"""Names of the world: every host on the internet can be looked up, and nothing else can."""

import functools
import ipaddress
import socket
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from nat.packets import Address
from nat.simulator.host import host_in

AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

_KINDS: Final = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}
_SERVICES: Final = {
    "ftp": 21, "ssh": 22, "smtp": 25, "domain": 53, "http": 80, "ntp": 123, "imap": 143,
    "https": 443, "imaps": 993, "stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349,
}  # fmt: skip
"""Names of ports in this world, on every machine alike."""


class Found(tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]):
    """An answer of `getaddrinfo` whose hash is the same in every process."""

    __slots__ = ()

    def __hash__(self) -> int:
        return zlib.crc32(repr(self[4]).encode())


class Resolver:
    """The table of names. Host names are case-insensitive."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {"localhost": ("127.0.0.1",)}

    def add(self, name: str, addresses: tuple[str, ...]) -> None:
        """Give a name its addresses; a name that is there already is replaced."""
        self._names[name.lower()] = addresses

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """All names in lower case, with their addresses."""
        return MappingProxyType(self._names)

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
        return self.gethostbyname_ex(host)[2][0]

    def gethostbyname_ex(self, host: str) -> tuple[str, list[str], list[str]]:
        """As `socket.gethostbyname_ex`: the name, no aliases, and the IPv4 addresses."""
        found = [address for address in self.look_up(host) if ":" not in address]
        if not found:
            raise socket.gaierror(socket.EAI_NODATA, f"{host!r} has no IPv4 address")
        return host, [], found

    def gethostbyaddr(self, host: str) -> tuple[str, list[str], list[str]]:
        """As `socket.gethostbyaddr`: the first name of an address."""
        (address, *_) = self.look_up(host)
        name = self._name_of(address)
        if name is None:
            raise socket.herror(1, f"Unknown host: {address} has no name in this world")
        return name, [], [address]

    def getnameinfo(self, address: Any, flags: int = 0) -> tuple[str, str]:
        """As `socket.getnameinfo`; ports are told as numbers."""
        host = str(address[0])
        name = None if flags & socket.NI_NUMERICHOST else self._name_of(host)
        if name is None and flags & socket.NI_NAMEREQD:
            text = f"Name or service not known: {host} has no name in this world"
            raise socket.gaierror(socket.EAI_NONAME, text)
        return name or host, str(address[1])

    def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | bytes | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 -- the parameter's name in socket.getaddrinfo
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        """As `socket.getaddrinfo`: what the calling host can reach first, IPv6 before IPv4."""
        name = host.decode("idna") if isinstance(host, bytes) else host
        number = _port(port, flags)
        canonical = name or "" if flags & socket.AI_CANONNAME else ""
        kinds = [one for one in _KINDS if type in {0, one} and proto in {0, _KINDS[one]}]
        return [
            (family_of(address), kind, _KINDS[kind], canonical, sockaddr(address, number))
            for address in self._found(name, flags)
            if family in {0, family_of(address)}
            for kind in kinds
        ] or _no_address(host)

    def _found(self, name: str | None, flags: int) -> list[str]:
        if not name:
            own = ("0.0.0.0", "::") if flags & socket.AI_PASSIVE else ("127.0.0.1", "::1")
            return [one for one in own if ":" not in one or _reaches(one)]
        if flags & socket.AI_NUMERICHOST and not is_address(name):
            raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {name!r}")
        found = self.look_up(name)
        if flags & socket.AI_ADDRCONFIG:
            found = tuple(one for one in found if _reaches(one))
        # RFC 6724 §6: "Avoid unusable destinations", then "Prefer higher precedence"
        return sorted(found, key=lambda one: (not _reaches(one), ":" not in one))

    def _name_of(self, address: str) -> str | None:
        return next((name for name, own in self._names.items() if address in own), None)


def _reaches(address: str) -> bool:
    """Tell whether the calling host has an address of the same family."""
    host = host_in()
    return host is None or any((":" in own) == (":" in address) for own in host.addresses)


def _port(port: str | bytes | int | None, flags: int) -> int:
    text = port.decode() if isinstance(port, bytes) else port
    if text is None or isinstance(text, int) or text.isdecimal():
        return int(text or 0)
    number = None if flags & socket.AI_NUMERICSERV else _SERVICES.get(text.lower())
    if number is None:
        known = ", ".join(_SERVICES)
        text = f"Servname not supported: {port!r}; this world knows {known} and numbers"
        raise socket.gaierror(socket.EAI_SERVICE, text)
    return number


def getservbyname(name: str, _protocol: str = "tcp") -> int:
    """As `socket.getservbyname`, for the services of this world."""
    number = _SERVICES.get(name.lower())
    if number is None:
        raise OSError(f"service/proto not found: this world knows {', '.join(_SERVICES)}")
    return number


def _no_address(host: object) -> list[AddressInfo]:
    raise socket.gaierror(socket.EAI_NODATA, f"{host!r} has no address of this family")


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
