"""NAT behaviour in the words of RFC 4787 and its successors: everything that can be set of a NAT."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from nat.choices import (
    Alg,
    Blocking,
    Dependence,
    Exhaustion,
    FilterScope,
    Fragments,
    Hairpinning,
    IcmpErrors,
    Kept,
    MidStream,
    Pooling,
    PortAssignment,
    PortBlocks,
    PortMapping,
    Refresh,
    Sessions,
    SimultaneousOpen,
    TcpReset,
    Unsolicited,
    UnsolicitedSyn,
)

LAST_PORT: Final = 65535
_POPULAR: Final = {
    (Dependence.ENDPOINT_INDEPENDENT, Dependence.ENDPOINT_INDEPENDENT): "full cone",
    (Dependence.ENDPOINT_INDEPENDENT, Dependence.ADDRESS_DEPENDENT): "restricted cone",
    (
        Dependence.ENDPOINT_INDEPENDENT,
        Dependence.ADDRESS_AND_PORT_DEPENDENT,
    ): "port-restricted cone",
    (Dependence.ADDRESS_AND_PORT_DEPENDENT, Dependence.ADDRESS_AND_PORT_DEPENDENT): "symmetric",
}
_LIFETIMES: Final = (
    "mapping_lifetime",
    "one_shot_lifetime",
    "filter_lifetime",
    "tcp_lifetime",
    "tcp_transitory_lifetime",
    "icmp_lifetime",
)
_PAUSES: Final = ("stream_after", "quarantine")
TIMES: Final = (*_LIFETIMES, *_PAUSES)
"""The names of the settings that are times in seconds."""

_COUNTS: Final = ("block_size", "blocks_per_host", "quota", "table_size")


@dataclass(frozen=True, slots=True)
class Behavior:
    """What one NAT does. The defaults are a plain NAT without moods; times are seconds.

    Args:
        mapping: what the choice of the external address and port depends on
            (RFC 4787 REQ-1: endpoint-independent).
        filtering: whose packets are let in (RFC 4787 REQ-8: endpoint-independent, or
            address-dependent for more safety).
        ports: how external ports are chosen (RFC 4787 REQ-3: never overloading).
        hairpinning: whether two hosts inside can meet at the external addresses
            (RFC 4787 REQ-9: they can, and see external addresses).
        mapping_lifetime: silence after which a UDP mapping ends (RFC 4787 REQ-5: at least 120).
        tcp_lifetime: the same for an established TCP connection (RFC 5382 REQ-5: at least 7440).
        tcp_transitory_lifetime: the same for one that is being opened, was closed, or was reset
            (RFC 5382 REQ-5, RFC 7857 §2.1: at least 240).
        icmp_lifetime: the same for pings (RFC 5508 REQ-2: at least 60).
        one_shot_lifetime: the same for a UDP mapping without an answer so far, or None where that
            makes no difference. Linux has 30 here.
        stream_after: how old a UDP mapping must be, with traffic both ways, until
            `mapping_lifetime` counts instead of `one_shot_lifetime`. Linux has 2 here.
        filter_lifetime: silence towards a remote after which it is not let in any more although
            the mapping lives, or None where a filter lives as long as its mapping.
        refresh: packets of which direction keep a mapping alive (RFC 4787 REQ-6: those outbound;
            inbound ones as well, or not).
        filter_scope: whether filters belong to mappings or to internal endpoints (RFC 4787 §5).
        sessions: whether a packet that is let in fixes the way back, as in Linux.
        unsolicited: what becomes of packets that are not let in.
        unsolicited_syn: the same for a TCP SYN (RFC 5382 REQ-4: hold).
        pooling: which of several external addresses (RFC 4787 REQ-2: paired).
        port_range: first and last external port.
        well_known: whether internal ports below 1024 get external ports below 1024, and no other
            does (RFC 4787 REQ-3a), outside `port_range`.
        parity: whether even ports get even ports and odd ones odd ones (RFC 4787 REQ-4).
        contiguity: whether the port beside that of a mapping gets the external port beside its
            external one, as RTP and RTCP once wished (RFC 4787 §4.2.3).
        blocks: whether each internal host has ports of its own (RFC 7422).
        block_size: ports in a block.
        blocks_per_host: how many blocks a host may have.
        quota: how many mappings a host may have at a time, or None for any number
            (RFC 6888 REQ-4).
        quarantine: how long a port is not given to another host after its mapping has ended
            (RFC 6888 REQ-8: 120).
        exhaustion: what the inside hears when there is no port or room left (RFC 5508 REQ-8: an
            ICMP error).
        alg: whether addresses in payloads are rewritten (RFC 4787 REQ-10: no).
        icmp_errors: what ICMP errors do (RFC 4787 REQ-12: they end no mapping; RFC 5508 REQ-3
            to REQ-6: they are translated).
        fragments: which pieces of datagrams pass (RFC 4787 REQ-14: all, out of order as well).
        simultaneous_open: what becomes of a SYN that crosses another (RFC 5382 REQ-2: it passes).
        midstream: what becomes of TCP segments of unknown connections from the inside.
        tcp_reset: what a RST does to its session (RFC 7857 §2.2: at most shorten its life).
        blocking: what is not let out at all.
        port_mapping: the protocols by which hosts inside may ask for external ports.
        after_conflict: what the NAT does from then on for an internal endpoint that does not get
            its own port because another has it ("secondary behaviour"), or None. Its mapping,
            filtering and ports count, and the rest stays (RFC 4787 REQ-11: a NAT is
            deterministic, so None).
        table_size: how many mappings, and how many filter entries, there can be at a time.

    Raises:
        ValueError: a value is out of its range; the message names the setting, what came, and
            what is allowed.
    """

    mapping: Dependence
    filtering: Dependence
    ports: PortAssignment = PortAssignment.RANDOM
    hairpinning: Hairpinning = Hairpinning.NONE
    mapping_lifetime: float = 120.0
    tcp_lifetime: float = 7440.0
    tcp_transitory_lifetime: float = 240.0
    icmp_lifetime: float = 60.0
    one_shot_lifetime: float | None = None
    stream_after: float = 0.0
    filter_lifetime: float | None = None
    refresh: Refresh = Refresh.OUTBOUND
    filter_scope: FilterScope = FilterScope.MAPPING
    sessions: Sessions = Sessions.NONE
    unsolicited: Unsolicited = Unsolicited.DROP
    unsolicited_syn: UnsolicitedSyn = UnsolicitedSyn.DROP
    pooling: Pooling = Pooling.PAIRED
    port_range: tuple[int, int] = (1024, LAST_PORT)
    well_known: Kept = Kept.NO
    parity: Kept = Kept.NO
    contiguity: Kept = Kept.NO
    blocks: PortBlocks = PortBlocks.NONE
    block_size: int = 512
    blocks_per_host: int = 4
    quota: int | None = None
    quarantine: float = 0.0
    exhaustion: Exhaustion = Exhaustion.SILENT
    alg: Alg = Alg.NONE
    icmp_errors: IcmpErrors = IcmpErrors.TRANSLATED
    fragments: Fragments = Fragments.OUT_OF_ORDER
    simultaneous_open: SimultaneousOpen = SimultaneousOpen.SUPPORTED
    midstream: MidStream = MidStream.PICKED_UP
    tcp_reset: TcpReset = TcpReset.TRANSITORY
    blocking: Blocking = Blocking.NONE
    port_mapping: frozenset[PortMapping] = frozenset()
    after_conflict: "Behavior | None" = None
    table_size: int = 262_144

    def __post_init__(self) -> None:
        for setting in _LIFETIMES:
            seconds = getattr(self, setting)
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{setting} must be more than 0 s, not {seconds:g} s")
        for setting in _PAUSES:
            if not getattr(self, setting) >= 0:
                raise ValueError(f"{setting} must be 0 s or more, not {getattr(self, setting):g} s")
        for setting in _COUNTS:
            count = getattr(self, setting)
            if count is not None and count < 1:
                raise ValueError(f"{setting} must be 1 or more, not {count}")
        first, last = self.port_range
        if not 1 <= first <= last <= LAST_PORT:
            raise ValueError(
                f"port_range must be two ports from 1 to {LAST_PORT}, the lower one first,"
                f" not {first} and {last}"
            )
        if self.blocks is not PortBlocks.NONE and self.block_size > last - first + 1:
            raise ValueError(
                f"a block of {self.block_size} ports does not fit into the"
                f" {last - first + 1} of port_range"
            )

    @property
    def name(self) -> str:
        """The popular name if there is one, else `mapping/filtering` in RFC 4787's words."""
        return _POPULAR.get((self.mapping, self.filtering), self.words)

    @property
    def words(self) -> str:
        """`mapping/filtering` in RFC 4787's words; `parse` reads it."""
        return f"{self.mapping.value}/{self.filtering.value}"

    @property
    def short(self) -> str:
        """`mapping/filtering` abbreviated, such as `EI/APD`; `parse` reads it."""
        return f"{self.mapping.short}/{self.filtering.short}"


SETTINGS: Final = tuple(field.name for field in dataclasses.fields(Behavior))
"""The names of all settings, in their order."""
