"""How a UPnP gateway is searched: SSDP's question and what answers say (UPnP Device Architecture 1.1 §1.3)."""

import ipaddress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

from nat.portmap.errors import MalformedError
from nat.portmapping.ssdp import DEVICE, FIREWALL, GROUP, GROUP6, PORT, SERVICE
from stunwire import Address

__all__ = [
    "GROUP",
    "GROUP6",
    "PORT",
    "TARGETS",
    "TARGETS6",
    "Found",
    "Url",
    "decode",
    "encode_search",
]

PPP_SERVICE: Final = "urn:schemas-upnp-org:service:WANPPPConnection:1"
"""The same for connections by PPP, as DSL has them."""
TARGETS: Final = (DEVICE, f"{DEVICE[:-1]}2", SERVICE, PPP_SERVICE)
"""What is searched; a device of version 2 answers to version 1, too, if it does what it must."""
TARGETS6: Final = (DEVICE, f"{DEVICE[:-1]}2", FIREWALL)
"""The same over IPv6, for a firewall."""
LONGEST_WAIT: Final = 1
"""Seconds within which answers are to come (MX)."""

_LARGEST: Final = 4096
_LONGEST_URL: Final = 1024


@dataclass(frozen=True, slots=True)
class Url:
    """Where something of a device is.

    Attributes:
        address: of the web server.
        path: with its query.
    """

    address: Address
    path: str

    def __str__(self) -> str:
        return f"http://{authority(self.address)}{self.path}"

    def at(self, host: str) -> "Url":
        """The same at another host: where a device is asked, whatever it calls itself."""
        return Url(Address(host, self.address.port), self.path)

    @classmethod
    def parse(cls, text: str, base: "Url | None" = None) -> Self:
        """Read a URL, relative to another if there is one.

        Raises:
            MalformedError: it is no URL of a numeric address over plain HTTP, as UPnP has them.
        """
        if len(text) > _LONGEST_URL or not text.isascii() or not text.isprintable() or " " in text:
            raise MalformedError(f"expected a URL, got {text[:80]!r}")
        try:
            parts = urlsplit(urljoin("" if base is None else str(base), text))
            host = str(ipaddress.ip_address(parts.hostname or ""))
            port = parts.port if parts.port is not None else 80
        except ValueError:
            raise MalformedError(f"expected a URL with a numeric address, got {text!r}") from None
        if parts.scheme != "http" or port == 0:
            raise MalformedError(f"expected a URL that begins with http://, got {text!r}")
        query = f"?{parts.query}" if parts.query else ""
        return cls(Address(host, port), f"{parts.path or '/'}{query}")


def authority(address: Address) -> str:
    """An address as URLs and the Host header have it; its zone is nobody else's concern (RFC 6874 §4)."""
    host = address.host.partition("%")[0]
    return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered.

    Attributes:
        location: where its description is.
        server: what it says of its software.
    """

    location: Url
    server: str


def encode_search(target: str, to: Address) -> bytes:
    """Ask who is a `target`; `to` is the group, or one device."""
    lines = (
        "M-SEARCH * HTTP/1.1",
        f"HOST: {authority(to)}",
        'MAN: "ssdp:discover"',
        f"MX: {LONGEST_WAIT}",
        f"ST: {target}",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def decode(data: bytes, source: str | None) -> Found:
    """Read an answer.

    A device that sends us elsewhere would have us ask others in its place, so its description
    must be where it answers from.

    Args:
        source: from where it came; None if it is asked there, whatever address its description names.

    Raises:
        MalformedError: it is no answer to a search, or points away from its sender.
    """
    first, *lines = data[: _LARGEST + 1].decode("utf-8", "replace").split("\r\n") or [""]
    words = first.split(maxsplit=2)
    if len(data) > _LARGEST or len(words) < 2 or words[0][:5] != "HTTP/" or words[1] != "200":
        raise MalformedError("expected an answer to a search")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
    location = Url.parse(headers.get("location", ""))
    if source is not None and location.address.host != source:
        raise MalformedError(f"{source} says that its description is at {location}, elsewhere")
    return Found(location, headers.get("server", "")[:256])
