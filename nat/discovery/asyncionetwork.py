"""The world as asyncio shows it: the real one, and unmodified that of `nat.simulator`."""

import asyncio
import contextlib
import errno
import functools
import ipaddress
import secrets
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import ifaddr

from nat import neighbours
from nat.discovery.services import find_places
from nat.discovery.streamsocket import AsyncioStream
from nat.discovery.surroundings import Interface, is_named_for_a_tunnel
from nat.discovery.udpsocket import AsyncioUdp
from nat.routes import default_router
from nat.zones import from_socket, to_socket
from operating.errorqueue import keep_errors
from operating.ways import leave_through, sockname_towards
from stunwire import Address, Family

FRESH_PORTS: Final = range(32768, 65536)
"""RFC 5780 §4.1: "a random port" of the registered or dynamic ones, so that the state that an earlier
run has left in a NAT does not answer for this one."""
SOMEWHERE: Final = {
    Family.IPV4: Address("192.0.2.1", 9),
    Family.IPV6: Address("2001:db8::1", 9),
}
"""Addresses of nobody (RFC 5737, RFC 3849), towards which the way out is looked up; nothing is sent."""
_TRIES: Final = 128
_MTU_DISCOVER4: Final = int(socket.IPPROTO_IP), 10
_MTU_DISCOVER6: Final = int(socket.IPPROTO_IPV6), 23
_PROBE: Final = 3
"""IP_MTU_DISCOVER and IPV6_MTU_DISCOVER of linux/in.h with IP_PMTUDISC_PROBE: every packet bears DF, and
what the system believes of the path does not count (RFC 8899 §4.1)."""
_DONTFRAG4: Final = int(socket.IPPROTO_IP), 28
_DONTFRAG6: Final = int(socket.IPPROTO_IPV6), 62
"""IP_DONTFRAG and IPV6_DONTFRAG of macOS."""

T = TypeVar("T")


class AsyncioNetwork:
    """Sockets, names and time of the running event loop.

    Args:
        tls: what is trusted over TLS; None for what the system trusts.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._used: set[int] = set()

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Look a name up, IPv4 and IPv6.

        A thread of its own looks, for whom nobody waits at the end: one of asyncio's would keep the
        program alive for as long as a name server is silent.

        Raises:
            OSError: there is no such name, or nobody to ask.
        """
        if (numeric := _numeric(host)) is not None:
            return (Address(numeric, port),)
        found = await _in_thread(lambda: _look_up(host, port))
        return tuple(dict.fromkeys(Address(*each[4][:2]) for each in found))

    async def services(self, name: str) -> Sequence[tuple[str, int]]:
        """Look a service up.

        Raises:
            OSError: there is no such service, or nobody to ask.
        """
        return await find_places(name)

    async def open_udp(
        self,
        towards: Address,
        *,
        port: int = 0,
        interface: str = "",
        source: str = "",
        dont_fragment: bool = False,
    ) -> AsyncioUdp:
        """Open a UDP socket, bound to the address by which the system would send.

        Raises:
            OSError: there is no route, no such interface or address, or the port is in use.
        """
        host = source or self._own_address(towards, interface)
        opened, local = self._bound(socket.SOCK_DGRAM, host, port, interface)
        try:
            keep_errors(opened)
            if dont_fragment:
                _forbid_fragments(opened)
        except BaseException:
            opened.close()
            raise
        return await AsyncioUdp.open_on(opened, local)

    async def open_stream(
        self,
        target: Address,
        *,
        tls: str | None = None,
        port: int = 0,
        interface: str = "",
        source: str = "",
    ) -> AsyncioStream:
        """Connect to a TCP server, with TLS if a name for its certificate is given.

        Raises:
            OSError: refused, unreachable, the port is in use, or the certificate is wrong.
        """
        host = source or self._own_address(target, interface)
        opened, _ = self._bound(socket.SOCK_STREAM, host, port, interface)
        context = self._tls or _default_tls() if tls else None
        return await AsyncioStream.connect_from(opened, target, tls, context)

    def interfaces(self) -> Sequence[Interface]:
        """List the interfaces with addresses; the way out decides which is the default."""
        ways = {(_route(target) or "").partition("%")[0] for target in SOMEWHERE.values()}
        found = []
        for name, addresses in _adapters().items():
            shown = tuple(each for each in addresses if not _is_loopback(each))
            if shown:
                default = not ways.isdisjoint(shown)
                found.append(
                    Interface(
                        name=name,
                        addresses=shown,
                        is_default=default,
                        routers=_routers(name),
                        is_tunnel=is_named_for_a_tunnel(name),
                    )
                )
        return tuple(found)

    def gateway(self, family: Family) -> str | None:
        """The default router's address, if it can be found out."""
        try:
            return default_router(family)
        except OSError:
            return None

    def router_print(self, router: str) -> str | None:
        """What tells a router of IPv4 from others, if the system knows it by now."""
        return neighbours.router_print(router)

    def _own_address(self, towards: Address, interface: str) -> str:
        """The address from which the system sends there, through that interface if one is named."""
        routed = _route(towards, interface)
        if interface:
            return _address_of(interface, towards.family, routed)
        if routed is None:
            raise OSError(errno.ENETUNREACH, f"network is unreachable: no way to {towards.host}")
        return routed

    def _bound(
        self, kind: socket.SocketKind, host: str, port: int, interface: str
    ) -> tuple[socket.socket, Address]:
        """A socket on a port that was asked for, or on one that was not used before."""
        if port:
            self._used.add(port)
            return _bind(kind, Address(host, port), interface), Address(host, port)
        for _ in range(_TRIES):
            fresh = FRESH_PORTS.start + secrets.randbelow(len(FRESH_PORTS))
            if fresh in self._used:
                continue
            self._used.add(fresh)
            with contextlib.suppress(_InUseError):
                return _bind(kind, Address(host, fresh), interface), Address(host, fresh)
        raise OSError(errno.EADDRINUSE, f"no port of {host} was found that is not in use")


class _InUseError(OSError):
    """Somebody else has the port."""


def _bind(kind: socket.SocketKind, local: Address, interface: str) -> socket.socket:
    opened = socket.socket(_af(local.family), kind)
    try:
        opened.setblocking(False)
        if kind is socket.SOCK_STREAM:
            _share_port(opened)
        leave_through(opened, interface)
        opened.bind(to_socket(local))
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            text = f"port {local.port} of {local.host} is in use"
            raise _InUseError(errno.EADDRINUSE, text) from None
        raise
    return opened


def _share_port(opened: socket.socket) -> None:
    """Let several connections leave from one port, as mapping tests over TCP need it."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def _forbid_fragments(opened: socket.socket) -> None:
    """Let nobody cut packets into pieces, not even this machine."""
    six = opened.family == socket.AF_INET6
    if sys.platform == "darwin":
        opened.setsockopt(*(_DONTFRAG6 if six else _DONTFRAG4), 1)
    elif sys.platform.startswith("linux"):
        opened.setsockopt(*(_MTU_DISCOVER6 if six else _MTU_DISCOVER4), _PROBE)
    else:
        raise OSError(errno.ENOTSUP, f"fragmentation cannot be forbidden on {sys.platform}")


def _route(towards: Address, interface: str = "") -> str | None:
    """The address from which the system would send; None where there is no way. Nothing is sent."""
    try:
        return from_socket(sockname_towards(to_socket(towards), interface)).host
    except OSError:
        return None


def _address_of(interface: str, family: Family, routed: str | None) -> str:
    """The address of an interface: the one that routes choose, or the first that leaves the link."""
    adapters = _adapters()
    if interface not in adapters:
        known = ", ".join(sorted(adapters))
        raise OSError(errno.ENODEV, f"there is no interface {interface!r}; there are {known}")
    own = [each for each in adapters[interface] if Address(each, 0).family is family]
    if routed is not None and routed.partition("%")[0] in own:
        return routed
    for each in own:
        if not ipaddress.ip_address(each).is_link_local:
            return each
    text = f"interface {interface} has no {'IPv6' if family is Family.IPV6 else 'IPv4'} address"
    raise OSError(errno.EADDRNOTAVAIL, text)


def _routers(interface: str) -> tuple[str, ...]:
    """The default routers behind an interface; none where the system does not tell."""
    found = []
    for family in Family:
        with contextlib.suppress(OSError):
            found.append(default_router(family, interface))
    return tuple(each for each in found if each is not None)


def _adapters() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for adapter in ifaddr.get_adapters():
        addresses = [each.ip if isinstance(each.ip, str) else each.ip[0] for each in adapter.ips]
        found.setdefault(adapter.name, []).extend(addresses)
    return found


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _numeric(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _look_up(host: str, port: int) -> list[Any]:
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM))
    except UnicodeError:
        raise OSError(f"{host!r} is no name: a part of it is empty or too long") from None
    except socket.gaierror as error:
        words = (error.strerror or str(error)).lower()
        raise OSError(error.errno or 0, f"{host} does not resolve: {words}") from None


async def _in_thread(work: Callable[[], T]) -> T:
    """Do what blocks in a thread that dies with the program."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: OSError | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # there is one if there is no error

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except OSError as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="look-up", daemon=True).start()
    return await future


def _af(family: Family) -> socket.AddressFamily:
    return socket.AF_INET6 if family is Family.IPV6 else socket.AF_INET


@functools.cache
def _default_tls() -> ssl.SSLContext:
    """The system's authorities; reading them holds up everything for a twentieth of a second, so it is done once."""
    return ssl.create_default_context()
