"""What the demo found, as data: the tables and the JSON document are two views of it."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from peer import GatheredCandidate, Path, PathKind, ServerFailure, Session, Timeline


@dataclass(frozen=True, slots=True)
class PeerReport:
    """One side of a connection.

    Attributes:
        name: The member's name.
        candidates: In the order in which they were gathered.
        failures: Servers that gave none.
        path: The selected pair.
        timeline: When each step was taken.
    """

    name: str
    candidates: tuple[GatheredCandidate, ...]
    failures: tuple[ServerFailure, ...]
    path: Path | None
    timeline: Timeline

    @classmethod
    def of(cls, name: str, session: Session) -> "PeerReport":
        """What a session has to tell."""
        return cls(name, session.candidates, session.failures, session.path, session.timeline)


@dataclass(frozen=True, slots=True)
class RealRun:
    """One connection on real sockets.

    Attributes:
        policy: `all` or `relay`.
        peers: Who waited, then who came.
        round_trips: Seconds for each message there and back on the data channel.
    """

    policy: str
    peers: tuple[PeerReport, PeerReport]
    round_trips: tuple[float, ...]

    @property
    def path(self) -> PathKind | None:
        """What both sides found; `None` when they found none."""
        return kind_of(self.peers)

    @property
    def expected(self) -> PathKind:
        """Relayed when nothing else is allowed, else the direct one."""
        return PathKind.RELAYED if self.policy == "relay" else PathKind.HOST

    @property
    def ok(self) -> bool:
        """Whether the path is the expected one."""
        return self.path is self.expected


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """One pairing of NATs in the simulated world.

    Attributes:
        name: The pairing, in words.
        nats: What stands before each side.
        expected: The path that RFC 4787's words let one expect.
        found: The path that was found, or `None`.
        reason: Why none was found.
        peers: Who waited, then who came.
        virtual: Seconds of virtual time until both channels were open.
        real: Seconds it took to play.
        trace: Digest of the packet trace (times, places, addresses, verdicts); the same seed
            gives the same.
    """

    name: str
    nats: tuple[str, str]
    expected: PathKind | None
    found: PathKind | None
    reason: str | None
    peers: tuple[PeerReport, ...]
    virtual: float
    real: float
    trace: str

    @property
    def ok(self) -> bool:
        """Whether the path is the expected one."""
        return self.found is self.expected


@dataclass(frozen=True, slots=True)
class DiagnosedNat:
    """What the NAT diagnosis says of one of the NATs, of which it is told nothing.

    Attributes:
        name: The NAT, in words.
        verdict: In one sentence.
        virtual: Seconds of virtual time that it took.
        real: Seconds it took to play.
    """

    name: str
    verdict: str
    virtual: float
    real: float


@dataclass(frozen=True, slots=True)
class DemoReport:
    """Everything that one run of the demo found."""

    version: str
    seed: int
    real: tuple[RealRun, ...]
    simulated: tuple[SimulatedRun, ...]
    diagnosed: tuple[DiagnosedNat, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every path found is the path expected."""
        return all(run.ok for run in self.real) and all(run.ok for run in self.simulated)

    def document(self) -> dict[str, Any]:
        """The report as one JSON document; times in milliseconds."""
        return {
            "version": self.version,
            "seed": self.seed,
            "ok": self.ok,
            "real": [_real(run) for run in self.real],
            "simulated": [_simulated(run) for run in self.simulated],
            "diagnosed": [
                {"nat": each.name, "verdict": each.verdict, "virtual": _ms(each.virtual)}
                for each in self.diagnosed
            ],
        }


def kind_of(peers: tuple[PeerReport, ...]) -> PathKind | None:
    """The path's kind as both sides see it together: relayed if either says so.

    A side whose own end is relayed knows it; the other may only see a peer-reflexive address.
    """
    kinds = [report.path.kind for report in peers if report.path is not None]
    if not kinds or len(kinds) < len(peers):
        return None
    for kind in (PathKind.RELAYED, PathKind.REFLEXIVE):
        if kind in kinds:
            return kind
    return PathKind.HOST


def _real(run: RealRun) -> dict[str, Any]:
    return {
        "policy": run.policy,
        "expected": run.expected.value,
        "path": None if run.path is None else run.path.value,
        "ok": run.ok,
        "peers": [_peer(report) for report in run.peers],
        "round_trip_ms": {
            "count": len(run.round_trips),
            "min": _ms(min(run.round_trips)),
            "median": _ms(median(run.round_trips)),
            "max": _ms(max(run.round_trips)),
        },
    }


def _simulated(run: SimulatedRun) -> dict[str, Any]:
    return {
        "pairing": run.name,
        "nats": list(run.nats),
        "expected": None if run.expected is None else run.expected.value,
        "path": None if run.found is None else run.found.value,
        "ok": run.ok,
        "reason": run.reason,
        "peers": [_peer(report) for report in run.peers],
        "virtual_ms": _ms(run.virtual),
        "real_ms": _ms(run.real),
        "trace": run.trace,
    }


def _peer(report: PeerReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "candidates": [
            {
                "at_ms": _ms(candidate.at),
                "type": candidate.type.value,
                "priority": candidate.priority,
                "address": list(candidate.address),
                "base": list(candidate.base),
                "server": candidate.server,
                "redundant": candidate.redundant,
            }
            for candidate in report.candidates
        ],
        "failed_servers": [
            {"at_ms": _ms(failure.at), "server": failure.server, "reason": failure.reason}
            for failure in report.failures
        ],
        "selected_pair": _pair(report.path),
        "phases_ms": {phase.name: _ms(phase.duration) for phase in report.timeline.phases},
        "setup_ms": _ms(report.timeline.setup),
    }


def _pair(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    return {
        "kind": path.kind.value,
        "local": {"type": path.local_type.value, "address": list(path.local)},
        "remote": {"type": path.remote_type.value, "address": list(path.remote)},
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
