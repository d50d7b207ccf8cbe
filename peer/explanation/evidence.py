"""What the reports of one or both sides show, put in one order: who saw what, from where, when.

A side's own report tells its candidates, checks and answers. The other side's report, where it is
at hand, tells what arrived there: only with both can it be said that a packet was sent and lost.
"""

import dataclasses
import re
from dataclasses import dataclass

from nat import CandidateType
from peer.candidates import Address, GatheredCandidate, ServerFailure
from peer.explanation import addresses
from peer.explanation.addresses import Kind
from peer.explanation.findings import Side
from peer.report import GenerationReport, IceReport, Outcome, PairReport, RemoteCandidate

HOST, SERVER_REFLEXIVE = CandidateType.HOST, CandidateType.SERVER_REFLEXIVE
PEER_REFLEXIVE, RELAYED = CandidateType.PEER_REFLEXIVE, CandidateType.RELAYED

#: Unanswered checks after which an address counts as tried: the first is often lost to a filter
#: that the remote's own check has yet to open.
ENOUGH_CHECKS = 3
#: Two NATs that answer every new port from another new port show as many as there are pairs.
_MOST_OBSERVATIONS = 40
#: A host that may be the same as any other.
UNKNOWN_HOST = ""
#: A port that may be the same as any other.
UNKNOWN_PORT = 0
_URL = re.compile(r"(?P<scheme>stuns?|turns?):(?P<host>\[[^\]]+\]|[^:?]+)(?::(?P<port>\d+))?")


@dataclass(frozen=True, slots=True)
class Observation:
    """An address at which somebody saw a base.

    Attributes:
        base: The local address that sent.
        host: To which host it sent: an address, a server's name, or `UNKNOWN_HOST`.
        port: To which port, or `UNKNOWN_PORT`.
        mapped: Where the packet seemed to come from.
        at: Seconds.
        by_server: Whether a STUN server saw it, which sends nothing unasked.
    """

    base: Address
    host: str
    port: int
    mapped: Address
    at: float
    by_server: bool


@dataclass(frozen=True, slots=True)
class Half:
    """One side: what it gathered, and what it saw, as far as that is known.

    Attributes:
        side: Which.
        known: Whether its own report is at hand.
        candidates: As gathered, or as told to the other side.
        failures: Servers that gave it none.
        pairs: As its own report has them, none without it.
        observations: Where others saw it.
    """

    side: Side
    known: bool
    candidates: tuple[GatheredCandidate, ...]
    failures: tuple[ServerFailure, ...]
    pairs: tuple[PairReport, ...]
    observations: tuple[Observation, ...]

    def hosts(self, *kinds: CandidateType) -> frozenset[str]:
        """The hosts of its candidates of some types."""
        return frozenset(one.address[0] for one in self.candidates if one.type in kinds)

    @property
    def versions(self) -> frozenset[int]:
        """The IP versions of its addresses, as far as they are no names."""
        seen = {one.address[0] for one in self.candidates} | {
            o.mapped[0] for o in self.observations
        }
        return frozenset(v for v in map(addresses.version, seen) if v is not None)

    @property
    def public(self) -> tuple[str, ...]:
        """The public addresses others saw, or that it has itself, in order."""
        seen = [one.address[0] for one in self.candidates if one.type is SERVER_REFLEXIVE]
        own = [one for one in self.hosts(HOST) if addresses.kind(one) is Kind.PUBLIC]
        checks = [one.mapped[0] for one in self.observations]
        return tuple(dict.fromkeys([*seen, *sorted(own), *checks]))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both halves, and the generation that is explained.

    Attributes:
        report: The local report.
        generation: Its newest set-up that has begun.
        local: This side.
        remote: The other side.
        remote_generation: The other side's, where its report is at hand.
    """

    report: IceReport
    generation: GenerationReport
    local: Half
    remote: Half
    remote_generation: GenerationReport | None = None

    def half(self, side: Side) -> Half:
        """The half of one side."""
        return self.local if side is Side.LOCAL else self.remote

    @property
    def version(self) -> int:
        """The IP version whose NATs are explained: 6 only where the two have no other in common."""
        return 6 if self.local.versions & self.remote.versions == {6} else 4

    @property
    def pairs(self) -> tuple[PairReport, ...]:
        """The local side's pairs."""
        return self.generation.pairs

    @property
    def selected(self) -> PairReport | None:
        """The selected pair, where one is."""
        return self.generation.selected

    @property
    def over(self) -> bool:
        """Whether no more checks will come."""
        return self.generation.outcome in {Outcome.FAILED, Outcome.COMPLETED, Outcome.ABANDONED}


def gather(report: IceReport, remote: IceReport | None = None) -> Evidence | None:
    """Put the reports in order, or `None` when nothing has begun."""
    generation = _newest(report)
    if generation is None:
        return None
    other = None if remote is None else _newest(remote)
    local = own_half(generation, Side.LOCAL)
    if other is None:
        return Evidence(report, generation, local, told_half(generation))
    far = own_half(other, Side.REMOTE)
    return Evidence(
        report,
        generation,
        _with(local, heard(other, _only_base(local))),
        _with(far, heard(generation, _only_base(far))),
        other,
    )


def own_half(generation: GenerationReport, side: Side) -> Half:
    """A side as its own report shows it."""
    return Half(
        side=side,
        known=True,
        candidates=generation.candidates,
        failures=generation.failures,
        pairs=generation.pairs,
        observations=(*_by_servers(generation), *_by_checks(generation)),
    )


def told_half(generation: GenerationReport) -> Half:
    """The remote as its candidates and checks show it, without its report."""
    told = tuple(map(_as_gathered, generation.remote_candidates))
    half = Half(Side.REMOTE, known=False, candidates=told, failures=(), pairs=(), observations=())
    base = _only_base(half)
    if base is None:
        return half
    servers = [one for one in generation.remote_candidates if one.type is SERVER_REFLEXIVE]
    seen = tuple(
        Observation(
            base,
            f"STUN server {i} of the remote",
            UNKNOWN_PORT,
            one.address,
            one.at,
            by_server=True,
        )
        for i, one in enumerate(servers, 1)
    )
    return dataclasses.replace(half, observations=(*seen, *heard(generation, base, exact=False)))


def heard(
    generation: GenerationReport, base: Address | None, *, exact: bool = True
) -> tuple[Observation, ...]:
    """Where one side saw the checks of the other come from.

    Args:
        generation: Of the side that saw them.
        base: The only base of the other side, or `None` when it has several.
        exact: Whether the addresses of the servers that the other side asked are known, so that
            they can be compared with that of a relay.
    """
    if base is None:
        return ()
    seen = []
    for pair in generation.pairs:
        if not pair.requests_received or pair.remote.type in {HOST, RELAYED}:
            continue
        host, port = _reached_at(generation, pair)
        if pair.local.type is RELAYED and not exact:
            host = UNKNOWN_HOST
        at = pair.created_at
        seen.append(Observation(base, host, port, pair.remote.address, at, by_server=False))
    return tuple(seen[:_MOST_OBSERVATIONS])


def is_direct(pair: PairReport) -> bool:
    """Whether no relay is in the pair, as far as this side knows."""
    return RELAYED not in {pair.local.type, pair.remote.type}


def was_tried(pair: PairReport) -> bool:
    """Whether enough checks went out without an answer to say that none comes."""
    return pair.requests_sent >= ENOUGH_CHECKS and not pair.responses_received


def worked(pair: PairReport) -> bool:
    """Whether it was answered as it should be; an answer from elsewhere does not count."""
    return pair.succeeded_at is not None


def destination(url: str) -> Address:
    """The host and port that a server's URL names."""
    match = _URL.match(url)
    if match is None:
        return (url, 0)
    default = 5349 if match["scheme"].endswith("s") else 3478
    return (match["host"].strip("[]"), int(match["port"] or default))


def _newest(report: IceReport) -> GenerationReport | None:
    """The last set-up of which anything can be said."""
    begun = [one for one in report.generations if one.outcome is not Outcome.ABANDONED]
    return (begun or list(report.generations))[-1] if report.generations else None


def _with(half: Half, more: tuple[Observation, ...]) -> Half:
    """A half that was seen by the other side as well; what both saw counts once."""
    known = {(one.base, one.host, one.mapped) for one in half.observations}
    new = [one for one in more if (one.base, one.host, one.mapped) not in known]
    return dataclasses.replace(half, observations=(*half.observations, *new))


def _only_base(half: Half) -> Address | None:
    """The base of all it sends to IPv4, when there is but one."""
    bases = {
        one.base
        for one in half.candidates
        if one.type is HOST and addresses.version(one.address[0]) != 6
    }
    return bases.pop() if len(bases) == 1 else None


def _by_servers(generation: GenerationReport) -> tuple[Observation, ...]:
    return tuple(
        Observation(one.base, *destination(one.server), one.address, one.at, by_server=True)
        for one in generation.candidates
        if one.type is SERVER_REFLEXIVE and one.server is not None
    )


def _by_checks(generation: GenerationReport) -> tuple[Observation, ...]:
    """The remote told where our checks came from; those through a relay say where the relay is."""
    return tuple(
        Observation(
            pair.local.base, *pair.remote.address, mapped, pair.succeeded_at or 0.0, by_server=False
        )
        for pair in generation.pairs
        if pair.local.type is not RELAYED
        for mapped in pair.seen_as
    )[:_MOST_OBSERVATIONS]


def _reached_at(generation: GenerationReport, pair: PairReport) -> Address:
    """The address to which the other side has sent what came in on a pair.

    Which port it was does not show, since the NAT before this side may have opened several.
    """
    if pair.local.type is RELAYED:
        return pair.local.address
    reflexive = [
        one.address[0]
        for one in generation.candidates
        if one.type is SERVER_REFLEXIVE and one.base == pair.local.base
    ]
    return (reflexive[0], UNKNOWN_PORT) if reflexive else pair.local.address


def _as_gathered(told: RemoteCandidate) -> GatheredCandidate:
    return GatheredCandidate(
        type=told.type,
        address=told.address,
        priority=told.priority,
        base=told.address,
        server=None,
        line="",
        redundant=False,
        at=told.at,
    )
