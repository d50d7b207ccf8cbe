"""The PROXY protocol, versions 1 and 2: a load balancer says first whose connection it passes on.

Only proxies that the operator trusts are believed, and those must begin with a header. What stands behind the
addresses in version 2 (TLV fields, among them the checksum) is skipped.
"""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from relay.errors import SettingsError
from stunwire import Address

LONGEST_TEXT = 107
"""Of version 1, with the line's end, as its specification says."""
LONGEST_BINARY = 2048
"""Of version 2, with TLV fields; 52 bytes without."""

_TEXT_MARK = b"PROXY "
_BINARY_MARK = b"\r\n\r\n\0\r\nQUIT\n"
_BINARY_START = struct.Struct("!12sBBH")
_LOCAL, _PROXY = 0x20, 0x21
_UNSPECIFIED, _TCP4, _TCP6 = 0x00, 0x11, 0x21
_TEXT_WORDS = 6
_VERSIONS = {"TCP4": 4, "TCP6": 6}
_PORT_DIGITS = 5
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Passed:
    """A whole header: whose connection it is, and what came behind it.

    Args:
        client: None when the proxy speaks for itself, as to see whether the relay is well.
        rest: the first bytes of the client.
    """

    client: Address | None
    rest: bytes


@dataclass(frozen=True, slots=True)
class BadHeader:
    """What came is no header."""

    detail: str


class ProxyHeader:
    """Reads the header that a proxy begins a connection with."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Passed | BadHeader | None:
        """Take in what has arrived, however it was cut on its way; None when more is needed."""
        held = self._held = self._held + data
        if held.startswith(_BINARY_MARK):
            return _read_binary(held)
        if held.startswith(_TEXT_MARK):
            return _read_text(held)
        if _BINARY_MARK.startswith(held) or _TEXT_MARK.startswith(held):
            return None
        return BadHeader(f"expected a PROXY header, got {held[:8].hex()}")


class TrustedProxies:
    """Networks that are believed.

    Raises:
        SettingsError: a network is none.
    """

    def __init__(self, networks: tuple[str, ...]) -> None:
        try:
            self._networks = tuple(map(ip_network, networks))
        except ValueError as error:
            raise SettingsError(f"expected networks of trusted proxies: {error}") from error

    def __contains__(self, host: str) -> bool:
        """Say whether a connection from `host` has to begin with a header."""
        if not self._networks:
            return False
        address = ip_address(host)
        return any(
            address.version == network.version and address in network for network in self._networks
        )


def _read_text(held: bytes) -> Passed | BadHeader | None:
    end = held.find(b"\r\n", 0, LONGEST_TEXT)
    if end < 0:
        if len(held) < LONGEST_TEXT:
            return None
        return BadHeader(f"expected a header of at most {LONGEST_TEXT} bytes")
    line, rest = held[:end], held[end + 2 :]
    words = line.decode("latin-1").split(" ")
    if words[1] == "UNKNOWN":
        return Passed(None, rest)
    client = _client_of_words(words) if len(words) == _TEXT_WORDS else None
    if client is None:
        return BadHeader(f"expected addresses and ports in a PROXY header, got {line!r}")
    return Passed(client, rest)


def _client_of_words(words: list[str]) -> Address | None:
    _, protocol, source, destination, *ports = words
    version = _VERSIONS.get(protocol)
    try:
        hosts = [ip_address(source), ip_address(destination)]
    except ValueError:
        return None
    if any(host.version != version for host in hosts) or not all(map(_is_port, ports)):
        return None
    return _plain(hosts[0], int(ports[0]))


def _is_port(text: str) -> bool:
    if not (text.isascii() and text.isdecimal() and len(text) <= _PORT_DIGITS):
        return False
    return text == str(int(text)) and int(text) <= _HIGHEST_PORT


def _read_binary(held: bytes) -> Passed | BadHeader | None:
    if len(held) < _BINARY_START.size:
        return None
    _, command, family, length = _BINARY_START.unpack_from(held)
    end = _BINARY_START.size + length
    if command not in {_LOCAL, _PROXY}:
        return BadHeader(f"expected version 2 and LOCAL or PROXY, got {command:#04x}")
    if end > LONGEST_BINARY:
        return BadHeader(f"expected a header of at most {LONGEST_BINARY} bytes, got {end}")
    if len(held) < end:
        return None
    body, rest = held[_BINARY_START.size : end], held[end:]
    if command == _LOCAL or family == _UNSPECIFIED:
        return Passed(None, rest)
    return _client_of_bytes(family, body, rest)


def _client_of_bytes(family: int, body: bytes, rest: bytes) -> Passed | BadHeader:
    size = {_TCP4: 4, _TCP6: 16}.get(family)
    if size is None:
        return BadHeader(f"expected TCP over IPv4 or IPv6, got {family:#04x}")
    if len(body) < 2 * size + 4:
        return BadHeader(f"expected {2 * size + 4} bytes of addresses, got {len(body)}")
    port = int.from_bytes(body[2 * size : 2 * size + 2], "big")
    return Passed(_plain(ip_address(body[:size]), port), rest)


def _plain(host: IPv4Address | IPv6Address, port: int) -> Address:
    """Give the address as a socket of its own family would."""
    mapped = host.ipv4_mapped if isinstance(host, IPv6Address) else None
    return Address(str(mapped or host), port)
