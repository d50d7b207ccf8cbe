"""What is recorded of everything but STUN: other ways out, packet sizes, interfaces, gateways.

Times are seconds since the diagnosis began; in JSON an address is a pair of host and port.
"""

import enum
import re
from typing import Final

import msgspec

from nat.choices import PortMapping
from stunwire import Address


class Means(enum.Enum):
    """What was tried to reach beyond the NAT."""

    TCP = "tcp"
    TLS = "tls"
    TURN_UDP = "turn over udp"
    TURN_TCP = "turn over tcp"
    TURN_TLS = "turn over tls"
    HTTP = "http"
    """A page whose answer is known, to see a captive portal."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt to reach a server by other means than STUN over UDP.

    Attributes:
        means: by what.
        name: the server as it was given.
        target: the address that was tried, or None if there was none.
        began: when it began.
        reached_at: when the connection stood, or the first answer came.
        finished_at: when all was done: TLS agreed on, or an allocation made.
        relayed: the relayed address of an allocation.
        mapped: the external address that the server saw.
        round_trip: the shortest time of a request and its answer.
        failure: why it did not work, in words; empty if it did.
        error: the code with which a TURN or HTTP server refused.
        refused: somebody answered that nobody listens there, so packets do get somewhere.
    """

    means: Means
    name: str
    target: Address | None = None
    began: float = 0.0
    reached_at: float | None = None
    finished_at: float | None = None
    relayed: Address | None = None
    mapped: Address | None = None
    round_trip: float | None = None
    failure: str = ""
    error: int | None = None
    refused: bool = False


class SizeProbe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request that may not be fragmented (RFC 1191, RFC 8899).

    Attributes:
        target: to whom.
        size: of the IP packet in bytes.
        sent: when, once for each transmission.
        answered_at: when an answer came.
        told: the size that an ICMP error, or the own system, gave as the greatest.
    """

    target: Address
    size: int
    sent: tuple[float, ...] = ()
    answered_at: float | None = None
    told: int | None = None


_TUNNELS: Final = re.compile(
    r"(tailscale|utun|tun|tap|wg|ipsec|nordlynx|vpn)([^a-z].*)?|zt[a-z0-9]{8,}"
    r"|(proton|mullvad).*|.*(wireguard|openvpn).*",
    re.IGNORECASE,
)
"""How those call their interfaces that make networks of their own over the internet."""


def is_named_for_a_tunnel(name: str) -> bool:
    """Whether an interface's name is one of a VPN's, such as `tailscale0` or `wg-home`."""
    return _TUNNELS.fullmatch(name) is not None


class Interface(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An interface of this machine with addresses.

    Attributes:
        name: such as `eth0`.
        addresses: of it, as numeric text.
        is_default: whether what goes to the internet leaves through it.
        routers: the default routers behind it, as far as the system tells: it leads out, too.
        is_tunnel: whether it is a VPN's, as far as its name tells.
    """

    name: str
    addresses: tuple[str, ...]
    is_default: bool = False
    routers: tuple[str, ...] = ()
    is_tunnel: bool = False


class GatewayProbe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A gateway that was asked whether it opens ports; nothing was opened.

    Attributes:
        protocol: how it was asked.
        gateway: who was asked, or None for a question to all (SSDP).
        asked_at: when.
        answered_at: when an answer came, also that it does not speak the protocol.
        external: the external address that it told.
        has_none: whether it told that it has no external address itself.
        device: what it calls itself (UPnP).
        result: its result code, if it refused.
        failure: in words, if nothing usable came.
    """

    protocol: PortMapping
    gateway: str | None = None
    asked_at: float = 0.0
    answered_at: float | None = None
    external: str | None = None
    has_none: bool = False
    device: str = ""
    result: int | None = None
    failure: str = ""


class PinholeProbe(GatewayProbe, frozen=True, kw_only=True, omit_defaults=True):
    """A default router of IPv6 that was asked whether it opens pinholes in its firewall; none was opened.

    It has no external address to tell: it translates nothing.
    """


class MapTest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A port that was really opened, tried from outside, and closed again (`--map-test`).

    Attributes:
        protocol: how it was asked for.
        internal: our own address.
        external: what was given.
        lifetime: seconds that were granted.
        reached: whether a packet from an address to which nothing was sent came in, or None if
            no server could send one.
        deleted: whether the gateway took the deletion.
        result: the gateway's result code, if it refused.
        failure: in words.
    """

    protocol: PortMapping
    internal: Address | None = None
    external: Address | None = None
    lifetime: int | None = None
    reached: bool | None = None
    deleted: bool | None = None
    result: int | None = None
    failure: str = ""


class PinholeTest(MapTest, frozen=True, kw_only=True, omit_defaults=True):
    """A pinhole for IPv6 that was really opened, tried from outside, and closed again (`--map-test`).

    The external address is the internal one: nothing is translated.
    """


class Classic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What pystun3 says, which asks as RFC 3489 did.

    Attributes:
        server: whom it asked.
        name: such as `Restric Port NAT`, in its own words; empty if it said nothing.
        external: the address that it found.
        seconds: how long it took.
        failure: how it ended otherwise: the error, or that it had to be stopped.
    """

    server: Address
    name: str = ""
    external: Address | None = None
    seconds: float = 0.0
    failure: str = ""
