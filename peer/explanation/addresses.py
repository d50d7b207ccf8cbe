"""What kind of place an address is: private, a carrier's, public, or only a name."""

import enum
import ipaddress

from peer.candidates import Address


class Kind(enum.Enum):
    """What an address says about where it is valid."""

    NAME = "a name"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    CARRIER = "a carrier's"
    PUBLIC = "public"


_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_CARRIER = ipaddress.ip_network("100.64.0.0/10")


def kind(host: str) -> Kind:
    """Tell what kind of address it is; what is no address is a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return Kind.NAME
    if address.is_loopback:
        return Kind.LOOPBACK
    if address.is_link_local:
        return Kind.LINK_LOCAL
    if address.version == 4 and address in _CARRIER:
        return Kind.CARRIER
    if any(address in network for network in _PRIVATE if network.version == address.version):
        return Kind.PRIVATE
    return Kind.PUBLIC


def version(host: str) -> int | None:
    """4 or 6, or `None` for a name."""
    if kind(host) is Kind.NAME:
        return None
    return ipaddress.ip_address(host.partition("%")[0]).version


def same_network(one: str, other: str) -> bool:
    """Whether two addresses look like neighbours: the same /24, or the same /64."""
    first, second = version(one), version(other)
    if first is None or first != second:
        return False
    length = 24 if first == 4 else 64
    network = ipaddress.ip_network(f"{one.partition('%')[0]}/{length}", strict=False)
    return ipaddress.ip_address(other.partition("%")[0]) in network


def words(address: Address) -> str:
    """An address in its one form: `203.0.113.7:4711`, `[2001:db8::1]:4711`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
