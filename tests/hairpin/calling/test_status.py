"""The status line tells the path, its round trip and what flows, from two reports."""

from typing import Any

import pytest

from hairpin.calling.status import Reading, line, read
from peer import PathKind
from peer.candidates import CandidateType, GatheredCandidate
from peer.report import (
    GenerationReport,
    IceReport,
    IceRole,
    Outcome,
    PairReport,
    PairState,
    RemoteCandidate,
    Selection,
)

LOCAL = GatheredCandidate(
    CandidateType.HOST, ("192.0.2.1", 4000), 1, ("192.0.2.1", 4000), None, "", redundant=False
)
REMOTE = RemoteCandidate(CandidateType.HOST, ("192.0.2.2", 4000), 1, told=True, at=0.0)


def report(at: float, sent: int, received: int) -> IceReport:
    pair = PairReport(
        "0",
        LOCAL,
        REMOTE,
        PairState.SUCCEEDED,
        1,
        nominated=True,
        created_at=0.0,
        round_trip=0.041,
        bytes_sent=sent,
        bytes_received=received,
    )
    values: dict[str, Any] = {
        "number": 0,
        "role": IceRole.CONTROLLING,
        "started_at": 0.0,
        "gathered_at": None,
        "checking_at": None,
        "ended_at": None,
        "outcome": Outcome.COMPLETED,
        "local_ufrag": "a",
        "remote_ufrag": "b",
        "candidates": (LOCAL,),
        "failures": (),
        "remote_candidates": (REMOTE,),
        "remote_ended": True,
        "pairs": (pair,),
        "selections": (Selection("0", 0.1, "nominated here"),),
    }
    return IceReport(at, (), (GenerationReport(**values),))


def test_bitrates_are_what_came_between_two_reports() -> None:
    reading = read(report(1.0, 1000, 0), report(3.0, 5000, 6000), PathKind.RELAYED)
    assert (reading.sent, reading.received) == (2000.0, 3000.0)
    assert reading.words == "relayed, 41 ms, 2.0 kB/s out, 3.0 kB/s in"


@pytest.mark.parametrize("before", [None, report(3.0, 9000, 9000), report(1.0, 9000, 9000)])
def test_a_first_reading_and_counts_that_begin_anew_are_no_flow(before: IceReport | None) -> None:
    reading = read(before, report(3.0, 5000, 6000), PathKind.HOST)
    assert (reading.sent, reading.received) == (0.0, 0.0)


def test_without_a_path_it_connects() -> None:
    assert read(None, None, None).words == "connecting"
    assert line(Reading(None, None, 0, 0), "bob", 65) == "bob: connecting, 65 s"
