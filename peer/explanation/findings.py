"""What an explanation is made of: findings with a cause, a side, how sure they are, and evidence."""

import enum
from dataclasses import dataclass

from nat import Dependence
from peer.candidates import Address, CandidateType
from peer.explanation.addresses import words
from peer.explanation.diagnosed import Diagnosed, Foretold


class Certainty(enum.Enum):
    """How a finding is known."""

    MEASURED = "measured"
    """A packet, or the lack of a candidate, shows it."""
    INFERRED = "inferred"
    """The likeliest reading of what was seen; something else could look the same."""
    UNKNOWN = "unknown"
    """What was seen does not tell. It does not mean no."""


def sureness(told: Diagnosed) -> Certainty:
    """How sure what a diagnosis measured is by the time of the connection."""
    return Certainty.INFERRED if told.is_old else Certainty.MEASURED


class Source(enum.Enum):
    """Who found it out."""

    ICE = "ice"
    """The connection itself."""
    DIAGNOSIS = "diagnosis"
    """RFC 5780's tests (`nat.discovery`), made of the network that ICE saw."""


class Side(enum.Enum):
    """Whose it is."""

    LOCAL = "local"
    REMOTE = "remote"
    BOTH = "both"


class Verdict(enum.Enum):
    """What has come of the connection."""

    NOT_STARTED = "not started"
    CONNECTING = "connecting"
    DIRECT = "direct"
    RELAYED = "relayed"
    DISCONNECTED = "disconnected"
    FAILED = "failed"
    CLOSED = "closed"


class Cause(enum.Enum):
    """What a finding is about. The values are keys of the JSON form and stay as they are."""

    # NATs, in RFC 4787's words
    MAPPING_INDEPENDENT = "mapping-independent"
    MAPPING_DEPENDENT = "mapping-dependent"
    FILTERING_BY_PORT = "filtering-by-port"
    FILTERING_STRICT = "filtering-strict"
    NAT_UNKNOWN = "nat-unknown"
    HAIRPINNING_MISSING = "hairpinning-missing"
    POOLING_ARBITRARY = "pooling-arbitrary"
    CARRIER_NAT = "carrier-grade-nat"
    DOUBLE_NAT = "double-nat"
    ADDRESSES_REWRITTEN = "addresses-rewritten"
    LIFETIME_SHORT = "lifetime-short"
    DIAGNOSIS_SET_ASIDE = "diagnosis-set-aside"
    # networks
    UDP_BLOCKED = "udp-blocked"
    NETWORK_SILENT = "network-silent"
    PRIVATE_UNREACHABLE = "private-unreachable"
    UNREACHABLE = "unreachable"
    FAMILIES_DIFFER = "families-differ"
    MDNS_UNRESOLVED = "mdns-unresolved"
    ONE_WAY = "one-way"
    # what the two sides told each other
    NO_DESCRIPTION = "no-description"
    NO_LOCAL_CANDIDATES = "no-local-candidates"
    NO_REMOTE_CANDIDATES = "no-remote-candidates"
    END_MISSING = "end-of-candidates-missing"
    WRONG_CREDENTIALS = "wrong-credentials"
    ROLE_CONFLICT = "role-conflict"
    # relays and servers
    RELAY_REFUSED = "relay-refused"
    SERVER = "server"
    # pairs
    SELECTED = "selected"
    NOT_NEEDED = "not-needed"
    NOT_TRIED = "not-tried"
    CONSENT_EXPIRED = "consent-expired"
    WRONG_SOURCE = "wrong-source"
    ERROR_ANSWER = "error-answer"
    SOCKET_LOST = "socket-lost"
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out.

    Attributes:
        cause: What it is about.
        side: Whose network, server or fault it is, or `None`.
        certainty: How it is known.
        text: In words, one or two sentences.
        help: What would help, or empty.
        matters: Whether the connection would have come up, or gone directly, without it.
        pairs: The ids of the pairs that show it.
        addresses: The addresses that show it.
        server: The URL of the server it is about.
        at: Seconds, when it showed, or `None`.
        source: Who found it out.
    """

    cause: Cause
    side: Side | None
    certainty: Certainty
    text: str
    help: str = ""
    matters: bool = True
    pairs: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    server: str | None = None
    at: float | None = None
    source: Source = Source.ICE


@dataclass(frozen=True, slots=True)
class Possible:
    """What a NAT's mapping or filtering may depend on, as far as it is known.

    Attributes:
        values: Those of RFC 4787's three that fit what was seen.
        certainty: How the others were ruled out; `UNKNOWN` when none was.
        source: By whom.
    """

    values: tuple[Dependence, ...] = tuple(Dependence)
    certainty: Certainty = Certainty.UNKNOWN
    source: Source = Source.ICE

    @property
    def words(self) -> str:
        """Such as `address-dependent or address-and-port-dependent`, or `unknown`."""
        if self.certainty is Certainty.UNKNOWN:
            return "unknown"
        return " or ".join(value.value for value in self.values)


@dataclass(frozen=True, slots=True)
class NatStory:
    """What is known of the NATs before one side.

    Attributes:
        side: Local or remote.
        present: Whether there is one: `True`, `False`, or `None` for unknown.
        public: The public addresses that were seen.
        mapping: RFC 4787 §4.1.
        filtering: RFC 4787 §5.
        keeps_ports: RFC 4787 §4.2.1's port preservation, or `None` for unknown.
        pooling_paired: RFC 4787 §4.1's paired pooling, or `None` for unknown.
        carrier: Whether an address of RFC 6598 shows a carrier's NAT, or `None` for unknown.
        udp: Whether UDP gets out and back, or `None` for unknown.
        diagnosed: What a diagnosis of the same network found, which is in the fields above as well;
            `None` without one, and where it was set aside.
    """

    side: Side
    present: bool | None
    public: tuple[str, ...]
    mapping: Possible
    filtering: Possible
    keeps_ports: bool | None = None
    pooling_paired: bool | None = None
    carrier: bool | None = None
    udp: bool | None = None
    diagnosed: Diagnosed | None = None


@dataclass(frozen=True, slots=True)
class CandidateStory:
    """A candidate, and when it came.

    Attributes:
        side: Whose.
        type: Its type.
        address: Where the other side would send to.
        at: Seconds, when it was gathered, told or learnt.
        server: The URL of the server that told it, or `None`.
        note: Such as `learnt from a check`, or empty.
    """

    side: Side
    type: CandidateType
    address: Address
    at: float
    server: str | None = None
    note: str = ""

    @property
    def words(self) -> str:
        """Its type and address."""
        return f"{self.type.value} {words(self.address)}"


@dataclass(frozen=True, slots=True)
class PairStory:
    """A candidate pair: whether it was tried, what answered, and why it was not the one.

    Attributes:
        id: As in the report.
        local: Its local candidate.
        remote: Its remote candidate.
        priority: RFC 8445 §6.1.2.3.
        sent: Checks sent.
        answered: Answers to them.
        heard: Checks of the remote's that came in.
        round_trip: Seconds, or `None`.
        worked: Whether an answer ever came.
        finding: Why it was, or was not, the one.
    """

    id: str
    local: CandidateStory
    remote: CandidateStory
    priority: int
    sent: int
    answered: int
    heard: int
    round_trip: float | None
    worked: bool
    finding: Finding

    @property
    def words(self) -> str:
        """Such as `host 192.168.1.2:5000 → srflx 203.0.113.2:8000`."""
        return f"{self.local.words} → {self.remote.words}"


@dataclass(frozen=True, slots=True)
class ServerStory:
    """What a STUN or TURN server gave, or why it gave nothing.

    Attributes:
        url: Its URL.
        candidates: The addresses it told.
        at: Seconds, when it answered or was given up.
        finding: Why it gave nothing and whether that mattered, or `None` when it answered.
    """

    url: str
    candidates: tuple[Address, ...]
    at: float
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a connection took the path it took, or took none.

    Attributes:
        verdict: What has come of it.
        summary: The same in a sentence or two.
        findings: What mattered, the weightiest first, and then what did not.
        nats: What is known of the NATs before each side.
        servers: Each server that was asked.
        candidates: All candidates of both sides, by side and time.
        pairs: All pairs, the selected one first, then by priority.
        restarts: A sentence for each earlier set-up, the first one first.
        taken_at: When the report was taken, seconds.
        foretold: What the diagnoses of both sides foretold, beside what came; `None` without them.
    """

    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]
    nats: tuple[NatStory, NatStory]
    servers: tuple[ServerStory, ...]
    candidates: tuple[CandidateStory, ...]
    pairs: tuple[PairStory, ...]
    restarts: tuple[str, ...]
    taken_at: float
    foretold: Foretold | None = None

    @property
    def advice(self) -> tuple[str, ...]:
        """What would help, each once, the weightiest first."""
        return tuple(dict.fromkeys(one.help for one in self.findings if one.matters and one.help))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict, what mattered, what came of diagnoses, and what would help."""
        found = [one.text for one in self.findings if one.matters]
        helps = [f"What would help: {one}" for one in self.advice]
        return tuple(dict.fromkeys([self.summary, *found, *self._of_diagnoses, *helps]))

    @property
    def _of_diagnoses(self) -> tuple[str, ...]:
        """Whoever gave a diagnosis wants to know what became of it, whether it mattered or not."""
        aside = [one.text for one in self.findings if one.cause is Cause.DIAGNOSIS_SET_ASIDE]
        return (*aside, *(() if self.foretold is None else (self.foretold.text,)))
