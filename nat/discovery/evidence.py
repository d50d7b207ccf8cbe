"""What a diagnosis has recorded: every transaction and attempt with its times, and no conclusion.

The classifier sees nothing but this, so a recorded diagnosis can be judged again at any time. It is
written as JSON; times are seconds since the diagnosis began, addresses are pairs of host and port.
"""

import enum
from typing import Final

import msgspec

from nat.discovery.surroundings import (
    Attempt,
    Classic,
    GatewayProbe,
    Interface,
    MapTest,
    PinholeProbe,
    PinholeTest,
    SizeProbe,
)
from nat.discovery.transactions import Rung, Server, Socket, Transaction

VERSION: Final = 1


class Wish(enum.Enum):
    """What a diagnosis was asked to find out; what is not among its wishes was not tested."""

    MAPPING = "mapping"
    FILTERING = "filtering"
    HAIRPIN = "hairpin"
    PORTS = "ports"
    ERRORS = "errors"
    """Whether an ICMP error ends a mapping."""
    FRAGMENTS = "fragments"
    LIFETIME = "lifetime"
    TCP = "tcp"
    """Mapping over TCP, and over TLS where a server has it."""
    REACH = "reach"
    """TCP and TLS on port 443, other UDP ports, a captive portal."""
    TURN = "turn"
    PATH_MTU = "path mtu"
    GATEWAY = "gateway"
    """UPnP, NAT-PMP and PCP, without opening anything."""
    MAP_TEST = "map test"
    CLASSIC = "classic"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One diagnosis.

    Attributes:
        version: of this schema.
        program: who made it, such as `hairpin 0.1`.
        started: seconds since 1970.
        elapsed: how long it took.
        interrupted: whether it was stopped before it was done.
        anonymous: whether addresses were masked.
        wishes: what was to be found out.
        gateway: the default router of IPv4.
        gateway6: the default router of IPv6.
        gateway_print: what tells the default router of IPv4 from others that have its address (`nat.neighbours`);
            None where it is not known, and in what is anonymous.
        strays: datagrams that answered nothing that was asked.
        malformed: datagrams that were no STUN, though they bore the id of a question.
    """

    version: int = VERSION
    program: str = ""
    started: float = 0.0
    elapsed: float = 0.0
    interrupted: bool = False
    anonymous: bool = False
    wishes: tuple[Wish, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    gateway: str | None = None
    gateway6: str | None = None
    gateway_print: str | None = None
    servers: tuple[Server, ...] = ()
    sockets: tuple[Socket, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    rungs: tuple[Rung, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    sizes: tuple[SizeProbe, ...] = ()
    gateways: tuple[GatewayProbe, ...] = ()
    map_tests: tuple[MapTest, ...] = ()
    firewalls: tuple[PinholeProbe, ...] = ()
    pinhole_tests: tuple[PinholeTest, ...] = ()
    classic: tuple[Classic, ...] = ()
    strays: int = 0
    malformed: int = 0


class EvidenceError(ValueError):
    """What was to be read is no evidence of a version that is known."""


def encode(evidence: Evidence) -> bytes:
    """Write evidence as JSON."""
    return msgspec.json.encode(evidence)


def decode(text: bytes | str) -> Evidence:
    """Read evidence from JSON.

    Raises:
        EvidenceError: it is none; the message says where, and what was expected there.
    """
    try:
        version = msgspec.json.decode(text, type=_Head).version
        if version != VERSION:
            raise EvidenceError(f"evidence of version {version}, and {VERSION} is known")
        return msgspec.json.decode(text, type=Evidence)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EvidenceError(f"no evidence of a diagnosis: {error}") from None


class _Head(msgspec.Struct):
    """Read first, so that another version is not taken for a mistake; without one it may be anything."""

    version: int
