"""STUN servers: how they are written, which are known, and what their names mean."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nat.discovery.network import Network
from nat.discovery.plan import StunServer
from nat.discovery.recorder import Recorder
from nat.discovery.transactions import Server, Transport
from stunwire import Address, Family

BUILT_IN: Final = (
    StunServer("stun.hot-chilli.net"),
    StunServer("stunserver2025.stunprotocol.org"),
    StunServer("stun.l.google.com", 19302),
    StunServer("stun.cloudflare.com"),
)
"""Asked where none is named: two that are said to test filtering, and two that are always there for
the mapping. They are other people's, and may be gone: `--server` names better ones."""
LOOK_UP: Final = 2.0
"""Seconds in which a name must resolve."""
_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5)})
"""What the system's resolver says where a name server has answered; a silent one is EAI_AGAIN."""
_PORT: Final = 3478
_TLS_PORT: Final = 5349
_SCHEMES: Final = {
    "stun": Transport.UDP,
    "stuns": Transport.TLS,
    "udp": Transport.UDP,
    "tcp": Transport.TCP,
    "tls": Transport.TLS,
    "srv": Transport.UDP,
}
_TURN: Final = re.compile(r"turns?:(?!\d+$)", re.IGNORECASE)
"""RFC 7065's schemes; a host may be called so, too."""
_LAST_PORT: Final = 65535
_BEHAVIOR: Final = "_stun-behavior._udp"
_SECURE: Final = frozenset({"_stuns", "_stun-behaviors"})
"""Services over TLS (RFC 8489 §8.1, RFC 5780 §5)."""


class ServerError(ValueError):
    """What was given is no server; the message says what came and what is allowed."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address of a server that is asked.

    Attributes:
        name: of the server, as it was given.
        address: of one of its families.
        transport: how it is asked.
        host: its name for certificates.
    """

    name: str
    address: Address
    transport: Transport = Transport.UDP
    host: str = ""

    @property
    def family(self) -> Family:
        """IPv4 or IPv6."""
        return self.address.family


def parse_server(text: str) -> StunServer:
    """Read `host`, `host:port`, `[IPv6]:port` or an IPv6 address, with a scheme or without.

    Schemes are RFC 7064's `stun` (with `?transport=tcp`) and `stuns`, and plainly `udp`, `tcp` and
    `tls`. `srv:example.org` is whatever the domain says that it has for these tests in DNS, as its
    service `_stun-behavior._udp` (RFC 5780 §5); any other service may be named in full.

    Raises:
        ServerError: it is none of these.
    """
    if _TURN.match(text.strip()):
        raise ServerError(f"{text!r} is a TURN server: give it with --turn, or as stun:HOST:PORT")
    scheme, rest = _scheme_of(text.strip())
    strange, marks, _ = rest.partition("://")
    if marks:
        raise ServerError(
            f"{text!r} has the scheme {strange!r}: expected {', '.join(_SCHEMES)}, or none"
        )
    rest, _, query = rest.partition("?")
    transport = _SCHEMES[scheme]
    if query:
        transport = _transport_of(query, transport, text)
    host, port = _host_and_port(rest, text)
    if not host:
        raise ServerError(f"{text!r} names no host: expected HOST, HOST:PORT or stun:HOST:PORT")
    if scheme == "srv" or host.startswith("_"):
        return _service(host, port, transport, text)
    usual = _TLS_PORT if transport is Transport.TLS else _PORT
    return StunServer(host, port or usual, transport)


def _service(host: str, port: int | None, transport: Transport, text: str) -> StunServer:
    if port is not None:
        raise ServerError(f"{text!r} names a service with a port: the service has one of its own")
    if not host.startswith("_"):
        return StunServer(f"{_BEHAVIOR}.{host}", 0, transport)
    kind, _, rest = host.partition(".")
    protocol = rest.partition(".")[0]
    if protocol not in {"_udp", "_tcp"}:
        raise ServerError(f"{text!r} is no service: expected _SERVICE._udp.DOMAIN or ._tcp.DOMAIN")
    if protocol == "_tcp":
        transport = Transport.TLS if kind in _SECURE else Transport.TCP
    return StunServer(host, 0, transport)


def _scheme_of(text: str) -> tuple[str, str]:
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in _SCHEMES and rest and not rest.isdecimal():
        return scheme.lower(), rest.removeprefix("//")
    return "stun", text


def _transport_of(query: str, transport: Transport, text: str) -> Transport:
    match query, transport:
        case "transport=udp", Transport.UDP:
            return Transport.UDP
        case "transport=tcp", Transport.UDP:
            return Transport.TCP
        case "transport=tcp", Transport.TLS:
            return Transport.TLS
    raise ServerError(f"{text!r} ends in ?{query}: expected ?transport=udp or ?transport=tcp")


def _host_and_port(rest: str, text: str) -> tuple[str, int | None]:
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or not _is_ipv6(host) or (tail and not tail.startswith(":")):
            raise ServerError(f"{text!r} has no IPv6 address in brackets: expected [ADDRESS]:PORT")
        return host, _port(tail[1:], text) if tail else None
    if rest.count(":") > 1:
        if not _is_ipv6(rest):
            raise ServerError(f"{text!r} is no IPv6 address; with a port, write [ADDRESS]:PORT")
        return rest, None
    host, colon, port = rest.partition(":")
    if host.startswith("-") or any(each.isspace() or each in "/@#" for each in host):
        raise ServerError(f"{text!r} is no host: expected HOST, HOST:PORT or stun:HOST:PORT")
    return host, _port(port, text) if colon else None


def _port(text: str, whole: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= _LAST_PORT:
        return int(text)
    raise ServerError(f"{whole!r} has the port {text!r}: expected a number from 1 to {_LAST_PORT}")


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def name_of(server: StunServer) -> str:
    """A server as people write it, which names it in evidence."""
    if not server.port:
        return server.host
    host = f"[{server.host}]" if ":" in server.host else server.host
    scheme = "" if server.transport is Transport.UDP else f"{server.transport.value}:"
    return f"{scheme}{host}:{server.port}"


async def find_targets(
    servers: Iterable[StunServer], network: Network, recorder: Recorder, *, interface: str = ""
) -> tuple[Target, ...]:
    """Look servers up, all at once: the first address of each family of each is asked.

    What does not resolve, or to where there is no way, is written down, and is no target.
    """
    unique = dict.fromkeys(servers or BUILT_IN)
    found = await asyncio.gather(*(_look_up(each, network, interface) for each in unique))
    for server in found:
        recorder.server(server)
    return tuple(
        Target(server.name, address, server.transport, asked.host)
        for asked, server in zip(unique, found, strict=True)
        for address in server.addresses
    )


async def _look_up(server: StunServer, network: Network, interface: str) -> Server:
    name = name_of(server)
    try:
        async with asyncio.timeout(LOOK_UP):
            addresses = await _addresses(server, network)
    except TimeoutError:
        words = f"no answer within {LOOK_UP:g} s to the question for its address"
        return Server(name=name, transport=server.transport, failure=words)
    except OSError as error:
        return Server(
            name=name,
            transport=server.transport,
            failure=error.strerror or str(error),
            no_name=error.errno in _NO_SUCH_NAME,
        )
    first = {each.family: each for each in reversed(addresses)}
    chosen, failures = [], []
    for family in sorted(first):
        if failure := await _no_way(first[family], network, interface):
            failures.append(failure)
        else:
            chosen.append(first[family])
    return Server(
        name=name,
        transport=server.transport,
        addresses=tuple(chosen),
        failure="" if chosen else "; ".join(failures),
        no_way=bool(failures) and not chosen,
    )


async def _addresses(server: StunServer, network: Network) -> Sequence[Address]:
    """The addresses of a server, or of the first place of a service that has some."""
    if server.port:
        return await network.resolve(server.host, server.port)
    failures = []
    for host, port in await network.services(server.host):
        try:
            return await network.resolve(host, port)
        except OSError as error:
            failures.append(error)
    raise failures[0] if failures else OSError(f"{server.host} has no places")


async def _no_way(address: Address, network: Network, interface: str) -> str:
    """Why nothing can be sent there; empty if something can."""
    try:
        (await network.open_udp(address, interface=interface)).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""
