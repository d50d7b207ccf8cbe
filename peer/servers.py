"""STUN and TURN server URIs become typed servers, or are refused (RFC 7064, RFC 7065)."""

import enum
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from peer.errors import ConfigurationError

_URI = re.compile(
    r"(?P<scheme>stuns?|turns?):"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\[\]?:@/]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:\?transport=(?P<transport>[a-z]+))?"
)
_SCHEMES = ("stun", "turn", "turns")
_MAX_PORT = 65535


class ServerKind(enum.Enum):
    """What a server is asked for."""

    STUN = "stun"
    TURN = "turn"


class Transport(enum.Enum):
    """How a server is reached."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class IceServerLike(Protocol):
    """Anything in the shape of the W3C's `RTCIceServer`."""

    @property
    def urls(self) -> str | Iterable[str]:
        """One URI or several."""

    @property
    def username(self) -> str | None:
        """The user name, for TURN."""

    @property
    def credential(self) -> str | None:
        """The password, for TURN."""


@dataclass(frozen=True, slots=True)
class Server:
    """One STUN or TURN server, reached in one way.

    Attributes:
        url: The URI it was made from; it names the server in reports.
        kind: What it is asked for.
        host: A name or an address, IPv6 without brackets.
        port: 1–65535.
        transport: How it is reached.
        username: For TURN, else `None`.
        credential: For TURN, else `None`; never printed.
    """

    url: str
    kind: ServerKind
    host: str
    port: int
    transport: Transport
    username: str | None = None
    credential: str | None = field(default=None, repr=False)

    @property
    def address(self) -> tuple[str, int]:
        """`(host, port)`."""
        return (self.host, self.port)


def parse_servers(servers: Iterable[IceServerLike]) -> tuple[Server, ...]:
    """Turn the W3C's list of ICE servers into servers, in the same order, each once.

    Raises:
        ConfigurationError: A URI is malformed, names a transport nobody speaks, or a TURN server
            comes without user name and password.
    """
    found = [
        _server(url, entry.username, entry.credential)
        for entry in servers
        for url in ([entry.urls] if isinstance(entry.urls, str) else entry.urls)
    ]
    return tuple(dict.fromkeys(found))


def _server(url: str, username: str | None, credential: str | None) -> Server:
    match = _URI.fullmatch(url)
    if match is None:
        raise ConfigurationError(f"{url!r} is not a STUN or TURN URI: {_why_malformed(url)}")
    secure = match["scheme"].endswith("s")
    kind = ServerKind(match["scheme"][:4])
    if kind is ServerKind.TURN and (username is None or credential is None):
        raise ConfigurationError(f"{url!r} is a TURN server and needs a user name and a password")
    return Server(
        url=url,
        kind=kind,
        host=_host(url, match["host"]),
        port=_port(url, match["port"], secure=secure),
        transport=_transport(url, kind, match["transport"], secure=secure),
        username=username if kind is ServerKind.TURN else None,
        credential=credential if kind is ServerKind.TURN else None,
    )


def _why_malformed(url: str) -> str:
    """What is wrong with what does not have the form of RFC 7064 §3.1 and RFC 7065 §3.1."""
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in _SCHEMES:
        return f"it begins with one of {', '.join(f'{one}:' for one in _SCHEMES)}"
    if rest.startswith("//"):
        return "it has no // before the host"
    if "@" in rest:
        return "user name and password stand beside it, not in it"
    if not rest:
        return "a host is missing, as in turn:host:3478"
    if rest.count(":") > 1 and not rest.startswith("["):
        return "an IPv6 address stands in brackets, as in turn:[2001:db8::1]:3478"
    return "its form is turn:host:port?transport=udp, port and transport may lack"


def _host(url: str, text: str) -> str:
    """A name or an address; what stands in brackets is an IPv6 address."""
    host = text.strip("[]")
    if text.startswith("["):
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise ConfigurationError(f"{url!r} has no IPv6 address in its brackets") from None
    return host


def _port(url: str, text: str | None, *, secure: bool) -> int:
    """3478, or 5349 over TLS, unless the URI says otherwise (RFC 7064 §3.2)."""
    port = int(text) if text else (5349 if secure else 3478)
    if not 0 < port <= _MAX_PORT:
        raise ConfigurationError(f"{url!r} names port {port}; ports are 1 to {_MAX_PORT}")
    return port


def _transport(url: str, kind: ServerKind, text: str | None, *, secure: bool) -> Transport:
    """RFC 7065 §3.1: `turn` is UDP or TCP, `turns` is TLS over TCP; RFC 7064 has no transport."""
    if kind is ServerKind.STUN:
        if text is not None or secure:
            raise ConfigurationError(f"{url!r}: a STUN server is asked over UDP, as stun:host:port")
        return Transport.UDP
    if secure:
        if text not in {None, "tcp"}:
            raise ConfigurationError(f"{url!r}: TURN over DTLS is not supported, use transport=tcp")
        return Transport.TLS
    if text not in {None, "udp", "tcp"}:
        raise ConfigurationError(f"{url!r} names transport {text!r}; udp and tcp are known")
    return Transport(text or "udp")
