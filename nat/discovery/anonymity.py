"""Evidence without anybody's addresses in it, for an issue report, from which the same is concluded.

The same address gets the same mask wherever it stands, different ones different masks, and each
mask is of the kind of what it hides: private stays private, a carrier's network a carrier's. Public
addresses become those of documentation (RFC 5737, RFC 3849). Servers of one's own, devices and
interfaces lose their names: `interface 1` is the same one everywhere.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import structs

from nat.discovery.evidence import Evidence
from nat.discovery.surroundings import GatewayProbe, Interface, is_named_for_a_tunnel
from nat.discovery.transactions import Socket
from stunwire import Address

_DAY: Final = 86400
_Host = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What looks like an address in a text; `ipaddress` has the last word.
_IPV4: Final = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"
_IPV4_LITERAL: Final = re.compile(_IPV4)
_LITERAL: Final = re.compile(
    rf"(?<![\w.:])[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*[0-9a-fA-F:]|{_IPV4}"
)
_HARDWARE: Final = re.compile(r"(?<![\w:-])[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}(?![\w:-])")
_HARDWARE_MASK: Final = "00-00-5E-00-53-00"
"""Of those that are for documentation (RFC 9542 §2.1.2)."""
_REDIRECTED: Final = re.compile(r"(?<=redirected to )\S+")
"""A portal writes there what it likes, most of it of who is to log in."""
_PAGE: Final = re.compile(r"\bhttps?://([^\s/:?#]+)[^\s]*")
_SCHEME: Final = re.compile(r"^(?:stuns?|turns?|tcp|tls|https?):(?://)?")


@dataclass(frozen=True, slots=True)
class _Range:
    """A kind of address: by which networks it is known, and where its masks come from.

    Attributes:
        network: what belongs to it.
        masks: the networks that masks are taken from, one address after the other.
        subnet: bits that belong to a local network: neighbours stay neighbours; None where there is
            nothing to keep.
    """

    network: _Network
    masks: tuple[_Network, ...]
    subnet: int | None = None


def _range(network: str, *masks: str, subnet: int | None = None) -> _Range:
    parsed = [ipaddress.ip_network(text) for text in (network, *masks)]
    return _Range(parsed[0], tuple(parsed[1:]) or (parsed[0],), subnet)


_RANGES: Final = (
    _range("10.0.0.0/8", subnet=24),
    _range("172.16.0.0/12", subnet=24),
    _range("192.168.0.0/16", subnet=24),
    _range("100.64.0.0/10"),
    _range("169.254.0.0/16"),
    _range("192.0.0.0/24"),
    _range("fe80::/64"),
    _range("fd00::/8", subnet=64),
    _range("fc00::/8", subnet=64),
    # the last one of each family takes the rest; 240.0.0.0/4 is for when a diagnosis saw 768 others
    _range("0.0.0.0/0", "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "240.0.0.0/4"),
    _range("::/0", "2001:db8::/32", subnet=64),
)
_EMBEDDING: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that NAT64 makes (RFC 6052): what is embedded is masked."""


def anonymize(evidence: Evidence, *, well_known: Collection[str] = ()) -> Evidence:
    """Mask every address in evidence, and what else tells whose it is.

    Args:
        evidence: as it was recorded; what is anonymous already stays as it is.
        well_known: names of servers that everybody may know, such as those of the built-in list.
    """
    if evidence.anonymous:
        return evidence
    masking = _Masking(well_known)
    for server in evidence.servers:
        masking.hide_server(server.name)
    for attempt in evidence.attempts:
        masking.hide_server(attempt.name)
    for interface in evidence.interfaces:
        masking.hide_interface(interface.name)
    for socket in evidence.sockets:
        masking.hide_interface(socket.interface)
    masked: Evidence = masking.value(evidence)
    began = evidence.started - evidence.started % _DAY
    return structs.replace(masked, anonymous=True, started=began, gateway_print=None)


class _Masking:
    """The masks that were given so far."""

    def __init__(self, well_known: Collection[str]) -> None:
        self._well_known = {_host(name) for name in well_known}
        self._names: dict[str, tuple[re.Pattern[str], str]] = {}
        self._interfaces: dict[str, str] = {}
        self._devices: dict[str, str] = {"": ""}
        self._hosts: dict[_Host, _Host] = {}
        self._used: dict[_Network, int] = {}
        self._subnets: dict[_Network, _Network] = {}

    def hide_server(self, name: str) -> None:
        """Take a server's name for one to hide, unless everybody knows it."""
        host = _host(name)
        if host and host not in self._well_known and _parse(host) is None:
            self._hide(host, f"server-{len(self._names) + 1}.example")

    def hide_interface(self, name: str) -> None:
        """Take an interface's name for one to hide: somebody may have chosen it."""
        if name and name not in self._interfaces:
            mask = f"interface {len(self._interfaces) + 1}"
            self._interfaces[name] = mask
            self._hide(name, mask)

    def value(self, value: Any) -> Any:
        """Anything that evidence is made of, with masks."""
        if isinstance(value, Address):
            return Address(self._text(value.host), value.port)
        if isinstance(value, msgspec.Struct):
            masked = {field: self.value(getattr(value, field)) for field in value.__struct_fields__}
            return structs.replace(value, **{**masked, **self._named(value)})
        if isinstance(value, tuple):
            return tuple(self.value(each) for each in value)
        return self._text(value) if isinstance(value, str) else value

    def _named(self, value: msgspec.Struct) -> dict[str, Any]:
        """Names that are no words in a text; of an interface, what its name has told stays told."""
        match value:
            case Interface(name=name, is_tunnel=is_tunnel):
                tunnel = is_tunnel or is_named_for_a_tunnel(name)
                return {"name": self._interfaces.get(name, name), "is_tunnel": tunnel}
            case Socket(interface=name):
                return {"interface": self._interfaces.get(name, name)}
            case GatewayProbe(device=name):
                mask = f"device {len(self._devices)}"
                return {"device": self._devices.setdefault(name, mask)}
        return {}

    def _hide(self, name: str, mask: str) -> None:
        whole = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
        self._names.setdefault(name, (whole, mask))

    def _text(self, text: str) -> str:
        text = _REDIRECTED.sub("elsewhere", text)
        text = _PAGE.sub(self._page, text)
        # the longer ones first: one may be the beginning of another
        for _, (name, mask) in sorted(self._names.items(), key=lambda each: -len(each[0])):
            text = name.sub(mask, text)
        return _LITERAL.sub(self._literal, _HARDWARE.sub(_HARDWARE_MASK, text))

    def _page(self, found: re.Match[str]) -> str:
        """A page of somebody's: its path may say as much as its host."""
        host = found[1].lower()
        is_known = host in self._well_known or _parse(host) is not None
        if is_known:
            return found[0]
        self.hide_server(host)
        return found[0][: found.end(1) - found.start()]

    def _literal(self, found: re.Match[str]) -> str:
        for end in ("", ":"):  # as in "fe80::1: no route"
            text = found[0].removesuffix(end)
            host = _parse(text)
            if host is not None:
                return str(self._mask(host)) + found[0][len(text) :]
        return _IPV4_LITERAL.sub(self._ipv4, found[0])

    def _ipv4(self, found: re.Match[str]) -> str:
        """What is left of something that is no address of IPv6, and ends in one of IPv4."""
        host = _parse(found[0])
        return found[0] if host is None else str(self._mask(host))

    def _mask(self, host: _Host) -> _Host:
        if host not in self._hosts:
            self._hosts[host] = self._new_mask(host)
        return self._hosts[host]

    def _new_mask(self, host: _Host) -> _Host:
        if host.is_unspecified or host.is_loopback or host.is_multicast or int(host) == 0xFFFFFFFF:
            return host
        if isinstance(host, ipaddress.IPv6Address):
            if host.ipv4_mapped is not None:
                return _embed(ipaddress.IPv6Network("::ffff:0:0/96"), self._mask(host.ipv4_mapped))
            if host in _EMBEDDING:
                inner = ipaddress.IPv4Address(int(host) & 0xFFFFFFFF)
                return _embed(_EMBEDDING, self._mask(inner))
        kind = next(each for each in _RANGES if host in each.network)
        if kind.subnet is None:
            return self._next(kind.masks)
        subnet = ipaddress.ip_network((host, kind.subnet), strict=False)
        if subnet not in self._subnets:
            self._subnets[subnet] = self._next_subnet(kind.masks[0], kind.subnet)
        return self._next((self._subnets[subnet],))

    def _next(self, networks: tuple[_Network, ...]) -> _Host:
        for network in networks:
            number = self._used.get(network, 0) + 1
            if number <= network.num_addresses:
                self._used[network] = number
                return network[number % network.num_addresses]
        raise AssertionError("there are as many masks as addresses")

    def _next_subnet(self, network: _Network, bits: int) -> _Network:
        number = self._used.get(network, 0)
        self._used[network] = number + 1
        size = network.max_prefixlen - bits
        return ipaddress.ip_network((int(network.network_address) + (number << size), bits))


def _embed(network: ipaddress.IPv6Network, inner: _Host) -> _Host:
    return network[int(inner)]


def _parse(text: str) -> _Host | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _host(name: str) -> str:
    """The host in a server's name, such as `stun.example.org` of `stun:stun.example.org:3478`."""
    bare = _SCHEME.sub("", name).partition("?")[0].partition("/")[0]
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    return bare if bare.count(":") > 1 else bare.partition(":")[0]
