"""What a diagnosis comes to: findings for each family of addresses, and the verdict first."""

import enum
from dataclasses import dataclass, field

from nat.choices import (
    Dependence,
    FilterScope,
    Hairpinning,
    Pooling,
    PortMapping,
    Refresh,
    Sessions,
)
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, not_tested
from stunwire import Address, Family

VERSION = 1
"""Of the report as JSON."""


class Outcome(enum.IntEnum):
    """What a script wants to know; the value is the exit status of `hairpin nat`."""

    DIRECT_LIKELY = 0
    INCONCLUSIVE = 3
    DIRECT_WITH_SOME = 10
    RELAY_NEEDED = 11
    UDP_BLOCKED = 12
    NO_NETWORK = 13


class Grade(enum.Enum):
    """How well direct connections go from here."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tired person wants to know.

    Attributes:
        outcome: for scripts.
        grade: in one word.
        sentence: in one sentence.
        advice: what would help, the best first.
    """

    outcome: Outcome
    grade: Grade
    sentence: str
    advice: tuple[str, ...] = ()


class Way(enum.Enum):
    """How one gets through to somebody."""

    DIRECTLY = "directly"
    WITH_HELP = "with help"
    """Under a condition that the reason names: IPv6, a port that is opened, luck with the model."""
    THROUGH_A_RELAY = "through a relay"
    NOT_AT_ALL = "not at all"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Partner:
    """One row of "with whom can I connect directly".

    Attributes:
        name: such as `home router`.
        behind: what stands before such a peer, in RFC 4787's words.
        way: how one gets through.
        reason: why, in one sentence.
    """

    name: str
    behind: str
    way: Way
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """A lifetime: alive after `alive` seconds of silence, gone after `gone` (None: never seen gone)."""

    alive: float
    gone: float | None


@dataclass(frozen=True, slots=True)
class PortRule:
    """How external ports are chosen.

    Attributes:
        preserving: whether they are the internal ones.
        parity: whether even ones stay even (RFC 4787 §4.2.2).
        contiguity: whether neighbours stay neighbours (RFC 4787 §4.2.3).
        delta: the step from one new mapping to the next; 0 where ports follow no order.
    """

    preserving: Finding[bool] = field(default_factory=not_tested)
    parity: Finding[bool] = field(default_factory=not_tested)
    contiguity: Finding[bool] = field(default_factory=not_tested)
    delta: Finding[int] = field(default_factory=not_tested)


@dataclass(frozen=True, slots=True)
class FamilyReport:
    """What stands between this machine and the internet, for IPv4 or for IPv6.

    Attributes:
        family: of addresses.
        local: our own address; None if there is none of this family.
        external: the addresses that servers saw, without ports.
        udp: whether UDP gets through at all.
        translated: whether there is a NAT (an IPv6 firewall is none).
        mapping: RFC 4787 §4.1.
        filtering: RFC 4787 §5; of the NAT, of a firewall, and of this machine's own together.
        filter_scope: to what a filter belongs (RFC 4787 §5), which matters where ports change.
        sessions: whether an inbound packet fixes the way back, which matters there as well.
        clashes: whether a packet that is not let in takes the port from its own sender, as in Linux.
        forgets: whether an ICMP error ends a mapping, against RFC 4787 REQ-12.
        tcp_mapping: mapping for TCP (RFC 5382 §4.1).
        tls_mapping: seen through TLS, where nothing between can rewrite it.
        hairpinning: RFC 4787 §6.
        pooling: RFC 4787 §4.1.
        ports: RFC 4787 §4.2.
        alg: whether addresses in payloads are rewritten (RFC 4787 §7).
        fragments: whether datagrams in pieces get through, both ways (RFC 4787 §11).
        one_shot_lifetime, stream_lifetime: of a binding, the mapping and the filter's entry, whichever ends
            first (RFC 4787 §4.3, RFC 5780 §4.6).
        refresh: packets of which direction keep a binding alive.
        is_deterministic: whether repetitions agreed (RFC 4787 §8).
        carrier_grade: whether there is a NAT of the carrier's (100.64.0.0/10, RFC 6598).
        double: whether there is more than one NAT.
        path_mtu: bytes of the largest IP packet that gets through whole.
    """

    family: Family
    local: str | None = None
    external: tuple[str, ...] = ()
    udp: Finding[bool] = field(default_factory=not_tested)
    translated: Finding[bool] = field(default_factory=not_tested)
    mapping: Finding[Dependence] = field(default_factory=not_tested)
    filtering: Finding[Dependence] = field(default_factory=not_tested)
    filter_scope: Finding[FilterScope] = field(default_factory=not_tested)
    sessions: Finding[Sessions] = field(default_factory=not_tested)
    clashes: Finding[bool] = field(default_factory=not_tested)
    forgets: Finding[bool] = field(default_factory=not_tested)
    tcp_mapping: Finding[Dependence] = field(default_factory=not_tested)
    tls_mapping: Finding[Dependence] = field(default_factory=not_tested)
    hairpinning: Finding[Hairpinning] = field(default_factory=not_tested)
    pooling: Finding[Pooling] = field(default_factory=not_tested)
    ports: PortRule = field(default_factory=PortRule)
    alg: Finding[bool] = field(default_factory=not_tested)
    fragments: Finding[bool] = field(default_factory=not_tested)
    one_shot_lifetime: Finding[Span] = field(default_factory=not_tested)
    stream_lifetime: Finding[Span] = field(default_factory=not_tested)
    refresh: Finding[Refresh] = field(default_factory=not_tested)
    is_deterministic: Finding[bool] = field(default_factory=not_tested)
    carrier_grade: Finding[bool] = field(default_factory=not_tested)
    double: Finding[bool] = field(default_factory=not_tested)
    path_mtu: Finding[int] = field(default_factory=not_tested)


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What is to be thought of a server.

    Attributes:
        name: as it was given.
        address: that was asked.
        answers: whether it answers.
        tests_filtering: whether it can be asked to answer from elsewhere, and does.
        honest: whether what it says agrees with what was seen, and with other servers.
        round_trip: the shortest time of a request and its answer, seconds.
        loss: share of transmissions that were not answered, 0 to 1, where anything was.
    """

    name: str
    address: Address | None
    answers: Finding[bool]
    tests_filtering: Finding[bool]
    honest: Finding[bool]
    round_trip: float | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class RelayReport:
    """A TURN server, or a TCP or TLS port, that was tried.

    Attributes:
        name: as it was given.
        means: `turn over udp`, `tcp`, and so on.
        works: whether it did.
        round_trip: seconds.
        relayed: the relayed address.
    """

    name: str
    means: str
    works: Finding[bool]
    round_trip: float | None = None
    relayed: Address | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """From where on this machine it was looked: what is behind another interface is another matter.

    Attributes:
        through: the interfaces through which questions went.
        is_chosen: whether they were asked for, rather than left to the system.
        others: interfaces that lead out as well, and were not looked through.
    """

    through: tuple[str, ...] = ()
    is_chosen: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a diagnosis comes to.

    Attributes:
        verdict: first.
        partners: with whom one can connect directly.
        families: IPv4 and IPv6, those that there are.
        servers: that were asked.
        udp_ports: UDP ports that were tried, and whether they pass.
        ways_out: TCP, TLS and TURN.
        captive_portal: whether pages are answered by somebody else.
        port_mapping: by which protocols the gateway opens ports.
        opened: of ports that were really opened, whether strangers got in.
        pinholes: by which protocols the gateway opens pinholes in its firewall of IPv6.
        opened_pinholes: of pinholes that were really opened, whether strangers got in.
        classic: the name that RFC 3489 has for it, from pystun3.
        classic_difference: where that differs from what was found here, and why.
        outlook: through which of this machine's interfaces it was looked.
        evidence: what all that was concluded from.
    """

    verdict: Verdict
    partners: tuple[Partner, ...]
    families: tuple[FamilyReport, ...]
    servers: tuple[ServerReport, ...] = ()
    udp_ports: dict[int, Finding[bool]] = field(default_factory=dict)
    ways_out: tuple[RelayReport, ...] = ()
    captive_portal: Finding[bool] = field(default_factory=not_tested)
    port_mapping: dict[PortMapping, Finding[bool]] = field(default_factory=dict)
    opened: dict[PortMapping, Finding[bool]] = field(default_factory=dict)
    pinholes: dict[PortMapping, Finding[bool]] = field(default_factory=dict)
    opened_pinholes: dict[PortMapping, Finding[bool]] = field(default_factory=dict)
    classic: Finding[str] = field(default_factory=not_tested)
    classic_difference: str = ""
    outlook: Outlook = field(default_factory=Outlook)
    evidence: Evidence = field(default_factory=Evidence)

    def family(self, family: Family) -> FamilyReport | None:
        """The report of one family, if there is one."""
        return next((each for each in self.families if each.family is family), None)
