"""The report as data."""

import json

import pytest

from hairpin.demo.results import DemoReport, PeerReport, RealRun, SimulatedRun, kind_of
from peer import CandidateType, GatheredCandidate, Path, PathKind, ServerFailure, Timeline

A, B = ("192.0.2.1", 1), ("192.0.2.2", 2)
HOST, SRFLX, RELAY = CandidateType.HOST, CandidateType.SERVER_REFLEXIVE, CandidateType.RELAYED


def report(path: Path | None, name: str = "alice") -> PeerReport:
    candidate = GatheredCandidate(HOST, A, 5, A, None, "candidate:…", redundant=False, at=0.0012345)
    failure = ServerFailure("stun:x", A, "no answer", 2.0)
    return PeerReport(name, (candidate,), (failure,), path, Timeline(0.0))


def direct(local: CandidateType, remote: CandidateType) -> Path:
    return Path(local, A, remote, B)


@pytest.mark.parametrize(
    ("paths", "kind"),
    [
        ((direct(HOST, HOST), direct(HOST, HOST)), PathKind.HOST),
        ((direct(HOST, HOST), direct(HOST, SRFLX)), PathKind.REFLEXIVE),
        ((direct(HOST, SRFLX), direct(RELAY, HOST)), PathKind.RELAYED),
        ((direct(HOST, HOST), None), None),
        ((), None),
    ],
)
def test_the_two_sides_together_tell_the_kind_of_the_path(
    paths: tuple[Path | None, ...], kind: PathKind | None
) -> None:
    assert kind_of(tuple(report(path) for path in paths)) is kind


def whole(found: PathKind | None) -> DemoReport:
    sides = (report(direct(HOST, HOST)), report(direct(HOST, HOST), "bob"))
    real = RealRun("all", sides, (0.001, 0.002, 0.003))
    simulated = SimulatedRun(
        "a × b",
        ("x/y", "x/y"),
        PathKind.HOST,
        found,
        None if found else "why",
        sides,
        0.5,
        0.1,
        "00",
    )
    return DemoReport("1", 7, (real,), (simulated,))


def test_a_report_is_fine_only_if_every_path_is_the_expected_one() -> None:
    assert whole(PathKind.HOST).ok
    assert not whole(PathKind.RELAYED).ok
    assert not whole(None).ok


def test_the_document_is_json_with_times_in_milliseconds() -> None:
    document = json.loads(json.dumps(whole(None).document()))
    (real,) = document["real"]
    assert real["round_trip_ms"] == {"count": 3, "min": 1.0, "median": 2.0, "max": 3.0}
    candidate = real["peers"][0]["candidates"][0]
    assert candidate["at_ms"] == 1.234
    assert candidate["address"] == ["192.0.2.1", 1]
    assert real["peers"][0]["failed_servers"][0]["reason"] == "no answer"
    (simulated,) = document["simulated"]
    assert simulated["path"] is None
    assert simulated["reason"] == "why"
    assert document["ok"] is False
