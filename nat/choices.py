"""What a NAT's maker can choose between: one enum for each question that an RFC asks.

`nat.behavior.Behavior` puts the answers together. Wherever a behaviour is written as text, a
choice is written as its value.
"""

import enum
from typing import Final


class Dependence(enum.Enum):
    """What a mapping (RFC 4787 §4.1) or a filter (RFC 4787 §5) depends on."""

    ENDPOINT_INDEPENDENT = "endpoint-independent"
    ADDRESS_DEPENDENT = "address-dependent"
    ADDRESS_AND_PORT_DEPENDENT = "address-and-port-dependent"

    @property
    def short(self) -> str:
        """The usual abbreviation: EI, AD or APD."""
        return _SHORT[self]


_SHORT: Final = {
    Dependence.ENDPOINT_INDEPENDENT: "EI",
    Dependence.ADDRESS_DEPENDENT: "AD",
    Dependence.ADDRESS_AND_PORT_DEPENDENT: "APD",
}


class FilterScope(enum.Enum):
    """To what the list of those who are let in belongs (RFC 4787 §5)."""

    MAPPING = "mapping"
    """Each mapping lets in those to whom it has sent, as most NATs have it."""
    ENDPOINT = "endpoint"
    """All mappings of an internal endpoint let in those to whom any of them has sent: RFC 4787's
    own words."""


class Sessions(enum.Enum):
    """Whether a packet that was let in fixes the way back."""

    NONE = "none"
    """An answer is mapped like any packet from the inside. TCP connections fix their way anyhow,
    because a NAT follows their state."""
    CONNTRACK = "conntrack"
    """Answers leave through the port by which the packet came in, and each pair of endpoints has
    timers of its own, as in Linux."""


class Unsolicited(enum.Enum):
    """What becomes of a packet from the outside that no mapping or filter lets in."""

    DROP = "drop"
    CLASH = "clash"
    """It is answered by ICMP, and it occupies its pair of endpoints for a while: a packet from the
    inside to that very remote gets another port. Linux does so where INPUT accepts."""
    ICMP = "icmp"
    """It is answered by an ICMP "port unreachable"."""


class UnsolicitedSyn(enum.Enum):
    """What becomes of a TCP SYN from the outside that nobody waits for (RFC 5382 §4.3)."""

    DROP = "drop"
    HOLD = "hold"
    """RFC 5382 REQ-4: nothing for six seconds, then an ICMP "port unreachable", unless a SYN from
    the inside has crossed it."""
    RESET = "reset"
    """A RST at once, which ends the other side's attempt at a simultaneous open."""


class PortAssignment(enum.Enum):
    """How the external port of a new mapping is chosen (RFC 4787 §4.2.1)."""

    PRESERVING = "preserving"
    """The internal port if it is free, otherwise a random one. Never overloading (REQ-3)."""
    OVERLOADING = "overloading"
    """The internal port even if others use it, as long as they use it towards other remotes;
    otherwise a random one. Forbidden by REQ-3 and very common (Linux)."""
    SEQUENTIAL = "sequential"
    """The next port each time."""
    RANDOM = "random"


class Kept(enum.Enum):
    """Whether a property of the internal port shall hold for the external one, too."""

    NO = "no"
    IF_POSSIBLE = "if possible"


class PortBlocks(enum.Enum):
    """Whether each internal host has ports of its own (RFC 6888 REQ-4, RFC 7422)."""

    NONE = "none"
    ON_DEMAND = "on demand"
    """A host gets a random free block with its first mapping, and others when it is full."""
    DETERMINISTIC = "deterministic"
    """Address and block follow from the internal address alone, so that nothing need be logged
    (RFC 7422 §2)."""


class Pooling(enum.Enum):
    """Which external address a new mapping gets where there are several (RFC 4787 §4.1)."""

    PAIRED = "paired"
    """All mappings of an internal host have the same one (REQ-2)."""
    ARBITRARY = "arbitrary"


class Exhaustion(enum.Enum):
    """What the inside hears when there is no port, no room, or no quota left (RFC 5508 §6)."""

    SILENT = "silent"
    ICMP = "icmp"
    """An ICMP "administratively prohibited" (RFC 5508 REQ-8, RFC 6888 REQ-11)."""


class Refresh(enum.Enum):
    """Packets of which direction keep a mapping alive (RFC 4787 §4.3, REQ-6)."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"
    """Against REQ-6, but seen."""
    BOTH = "both"

    @property
    def outbound(self) -> bool:
        """Whether packets from the inside do."""
        return self is not Refresh.INBOUND

    @property
    def inbound(self) -> bool:
        """Whether packets from the outside do."""
        return self is not Refresh.OUTBOUND


class Hairpinning(enum.Enum):
    """What happens to a packet from the inside to an external address of the NAT (RFC 4787 §6)."""

    NONE = "none"
    INTERNAL_SOURCE = "internal source address"
    EXTERNAL_SOURCE = "external source address"
    """As RFC 4787 REQ-9a demands."""


class Alg(enum.Enum):
    """Whether the NAT meddles with what packets carry (RFC 4787 §7, REQ-10)."""

    NONE = "none"
    REWRITE = "rewrite"
    """Wherever the bytes of the internal address stand in a UDP payload, with the port behind it
    or before it, they become the external ones on the way out, and the reverse on the way in."""


class IcmpErrors(enum.Enum):
    """What an ICMP error about a translated packet does (RFC 4787 §9, RFC 5508 §4)."""

    TRANSLATED = "translated"
    """It is passed on, and quotes the packet as its sender knows it."""
    DROPPED = "dropped"
    FATAL = "fatal"
    """It is passed on and ends the mapping that it is about: against RFC 4787 REQ-12."""


class Fragments(enum.Enum):
    """Which pieces of a datagram pass (RFC 4787 §11, REQ-14)."""

    DROPPED = "dropped"
    IN_ORDER = "in order"
    """Each one by itself, once the first has come, which alone names the ports."""
    OUT_OF_ORDER = "out of order"
    """Pieces are held until the datagram is whole, in whatever order they come (REQ-14)."""


class Blocking(enum.Enum):
    """What the NAT's owner does not let out."""

    NONE = "none"
    UDP = "udp"
    ALL_BUT_WEB = "all but web"
    """Nothing but TCP to ports 80 and 443."""


class PortMapping(enum.Enum):
    """A protocol by which a host asks its NAT for an external port."""

    NAT_PMP = "nat-pmp"
    """NAT Port Mapping Protocol (RFC 6886)."""
    PCP = "pcp"
    """Port Control Protocol (RFC 6887; RFC 6888 REQ-9 asks for it)."""
    UPNP = "upnp"
    """UPnP Internet Gateway Device, WANIPConnection:1."""

    @property
    def title(self) -> str:
        """As people write it."""
        return "UPnP" if self is PortMapping.UPNP else self.value.upper()


class SimultaneousOpen(enum.Enum):
    """What becomes of a SYN from the outside that crosses one from the inside (RFC 5382 §4.2)."""

    SUPPORTED = "supported"
    """REQ-2."""
    REFUSED = "refused"


class MidStream(enum.Enum):
    """What becomes of a TCP segment from the inside that belongs to no known connection."""

    PICKED_UP = "picked up"
    """It makes a mapping, as in Linux (`nf_conntrack_tcp_loose`)."""
    DROPPED = "dropped"


class TcpReset(enum.Enum):
    """What a RST does to the session that it belongs to (RFC 7857 §2.2)."""

    TRANSITORY = "transitory"
    """The session lives on for the transitory time, because a RST is easily forged."""
    ENDS = "ends"
    """The session ends at once."""
    IGNORED = "ignored"
