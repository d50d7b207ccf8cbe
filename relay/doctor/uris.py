"""How a listener is named: `HOST:PORT`, or a URI of RFC 7064 or RFC 7065 such as `turn:example.org?transport=tcp`."""

from typing import NamedTuple

from relay.errors import SettingsError
from relay.fivetuple import Transport
from relay.settings import HIGHEST_PORT

_DEFAULT_PORT, _DEFAULT_TLS_PORT = 3478, 5349
_SCHEMES = {"stun": False, "turn": False, "stuns": True, "turns": True}


class Named(NamedTuple):
    """What a name says; the transport is None where it does not."""

    host: str
    port: int
    transport: Transport | None


def read_server(text: str) -> Named:
    """Read the name of a listener.

    Raises:
        SettingsError: it is none; the text says what was expected.
    """
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() not in _SCHEMES:
        return _read(text, text, None, None)
    is_secure = _SCHEMES[scheme.lower()]
    where, _, query = rest.partition("?")
    default = _DEFAULT_TLS_PORT if is_secure else _DEFAULT_PORT
    return _read(where, text, _transport(query, text, is_secure=is_secure), default)


def _transport(query: str, text: str, *, is_secure: bool) -> Transport:
    if query not in ("", "transport=udp", "transport=tcp"):
        raise SettingsError(f"expected transport=udp or transport=tcp behind the ?, got {text!r}")
    if is_secure:
        if query == "transport=udp":
            raise SettingsError(f"DTLS cannot be examined yet: {text!r}")
        return Transport.TLS
    return Transport.TCP if query == "transport=tcp" else Transport.UDP


def _read(where: str, text: str, transport: Transport | None, default: int | None) -> Named:
    host, port = _split(where, default)
    if not host or not 0 < port <= HIGHEST_PORT:
        raise SettingsError(
            "expected HOST:PORT, [IPV6]:PORT or a URI such as turn:example.org:3478?transport=tcp, "
            f"got {text!r}"
        )
    return Named(host, port, transport)


def _split(where: str, default: int | None) -> tuple[str, int]:
    """Give host and port; an empty host where this is neither."""
    if where.startswith("["):
        host, bracket, rest = where[1:].partition("]")
        port = rest[1:] if bracket and rest[:1] == ":" else rest
    else:
        host, colon, port = where.rpartition(":")
        host, port = (host, port) if colon else (port, "")
        host = "" if ":" in host else host
    if not port and default is not None:
        return host, default
    is_number = port.isascii() and port.isdecimal()
    return host, int(port) if is_number else 0
