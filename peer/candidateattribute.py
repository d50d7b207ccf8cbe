"""One ICE candidate as SDP writes it: read with a reason for every refusal, and written (RFC 8839 §5.1)."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from peer.candidates import Address, CandidateType
from peer.errors import RemoteError

LONGEST_LINE: Final = 1024
MAX_PORT: Final = 65535
MAX_PRIORITY: Final = (1 << 31) - 1
_MAX_COMPONENT: Final = 256
_FIELDS: Final = 8
_SHOWN: Final = 120
_FOUNDATION: Final = re.compile(r"[A-Za-z0-9+/]{1,32}")
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_TOKEN: Final = re.compile(r"[!-~]+")
#: draft-ietf-mmusic-mdns-ice-candidates §3.1.1: one label, and `.local`.
_MDNS_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,63}\.local", re.IGNORECASE)
_LIMITED_BROADCAST: Final = ipaddress.ip_address("255.255.255.255")


@dataclass(frozen=True, slots=True)
class CandidateAttribute:
    """A candidate, its values within their ranges.

    Attributes:
        foundation: 1 to 32 letters, digits, `+` and `/`.
        component: 1 for RTP and data, 2 for RTCP.
        transport: In lower case; `udp`, `tcp`, or something that nobody here can use.
        priority: 1 to 2**31 - 1.
        host: An IPv4 or IPv6 address in its shortest form and without a zone, or an mDNS name.
        port: 1 to 65535.
        type: Which of the four types.
        related: `raddr` and `rport`, or `None`.
        extensions: What follows, as pairs of name and value.
    """

    foundation: str
    component: int
    transport: str
    priority: int
    host: str
    port: int
    type: CandidateType
    related: Address | None = None
    extensions: tuple[tuple[str, str], ...] = ()

    @property
    def is_name(self) -> bool:
        """Whether the host is an mDNS name, to be resolved before it can be reached."""
        return is_mdns_name(self.host)

    @property
    def username_fragment(self) -> str | None:
        """The user name fragment of the generation it belongs to, where it says so."""
        return self.extension("ufrag")

    def extension(self, name: str) -> str | None:
        """The value of an extension, or `None`."""
        return next((value for key, value in self.extensions if key == name), None)

    def encode(self) -> str:
        """`candidate:…`."""
        words = [
            f"candidate:{self.foundation} {self.component} {self.transport} {self.priority}",
            f"{self.host} {self.port} typ {self.type.value}",
        ]
        if self.related is not None:
            words.append(f"raddr {self.related[0]} rport {self.related[1]}")
        words += [f"{key} {value}" for key, value in self.extensions]
        return " ".join(words)


def is_mdns_name(host: str) -> bool:
    """Whether a host is a name under `.local` rather than an address."""
    return _MDNS_NAME.fullmatch(host) is not None


def decode_candidate(line: str) -> CandidateAttribute:
    """Read a candidate attribute, with or without `a=` and `candidate:` before it.

    Raises:
        RemoteError: It is none; the message says which value came and which are allowed.
    """
    try:
        return _decode(line)
    except _RefusedError as error:
        raise RemoteError(
            f"{line[:_SHOWN]!r} is not an ICE candidate (RFC 8839 §5.1): {error}"
        ) from None


class _RefusedError(ValueError):
    """What is wrong with a line."""


def _decode(line: str) -> CandidateAttribute:
    if len(line) > LONGEST_LINE:
        raise _RefusedError(f"a line has at most {LONGEST_LINE} characters, not {len(line)}")
    text = line.strip("\r\n ").removeprefix("a=").removeprefix("candidate:")
    words = [word for word in text.split(" ") if word]
    if len(words) < _FIELDS or not all(map(_TOKEN.fullmatch, words)):
        raise _RefusedError(f"it has at least {_FIELDS} words of visible ASCII characters")
    foundation, component, transport, priority, host, port, typ, kind = words[:_FIELDS]
    if _FOUNDATION.fullmatch(foundation) is None:
        raise _RefusedError(
            f"a foundation is 1 to 32 letters, digits, + and /, not {foundation[:40]!r}"
        )
    if typ != "typ":
        raise _RefusedError(f"the seventh word is typ, not {typ[:40]!r}")
    related, extensions = _extensions(words[_FIELDS:])
    return CandidateAttribute(
        foundation=foundation,
        component=_number("component", component, 1, _MAX_COMPONENT),
        transport=transport.lower(),
        priority=_number("priority", priority, 1, MAX_PRIORITY),
        host=_host(host),
        port=_number("port", port, 1, MAX_PORT),
        type=_type(kind),
        related=related,
        extensions=extensions,
    )


def _number(name: str, text: str, lowest: int, highest: int) -> int:
    if _NUMBER.fullmatch(text) is None or not lowest <= int(text) <= highest:
        raise _RefusedError(f"a {name} is {lowest} to {highest}, not {text[:40]!r}")
    return int(text)


def _type(text: str) -> CandidateType:
    try:
        return CandidateType(text)
    except ValueError:
        known = ", ".join(kind.value for kind in CandidateType)
        raise _RefusedError(f"a type is one of {known}, not {text[:40]!r}") from None


def _host(text: str) -> str:
    """An address that a packet can be sent to; a name only under mDNS: others are not looked up."""
    if is_mdns_name(text):
        return text.lower()
    try:
        # RFC 4007 §11: a zone has a meaning on one machine only, and this is another one.
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise _RefusedError(
            f"expected an IP address or a name under .local, not {text[:40]!r}"
        ) from None
    if address.is_unspecified or address.is_multicast or address == _LIMITED_BROADCAST:
        raise _RefusedError(f"{text[:40]} is nobody's address")
    return str(address)


def _extensions(words: list[str]) -> tuple[Address | None, tuple[tuple[str, str], ...]]:
    """The related address, and the rest; a name without a value at the end is passed over."""
    pairs = list(zip(words[::2], words[1::2], strict=False))
    told = dict(pairs)
    related = None
    if "raddr" in told:
        related = told["raddr"], _number("rport", told.get("rport", "0"), 0, MAX_PORT)
    return related, tuple(pair for pair in pairs if pair[0] not in {"raddr", "rport"})
