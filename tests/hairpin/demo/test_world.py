"""The demo's simulated world."""

import pytest

import nat
from hairpin.demo.world import PAIRINGS, Pairing, play
from peer import CandidateType, PathKind


@pytest.mark.parametrize("pairing", PAIRINGS, ids=lambda pairing: pairing.name)
def test_the_usual_four_take_the_expected_paths(pairing: Pairing) -> None:
    run = play(pairing, seed=11)
    assert run.ok, run.reason
    for report in run.peers:
        assert [candidate.type for candidate in report.candidates][:2] == [
            CandidateType.HOST,
            CandidateType.SERVER_REFLEXIVE,
        ]


def test_the_usual_four_are_a_host_pair_a_reflexive_one_and_two_relayed() -> None:
    assert [pairing.expected for pairing in PAIRINGS] == [
        PathKind.HOST,
        PathKind.REFLEXIVE,
        PathKind.RELAYED,
        PathKind.RELAYED,
    ]


def test_a_pairing_without_a_relay_and_without_a_path_says_why() -> None:
    run = play(Pairing.between(nat.SYMMETRIC, nat.SYMMETRIC, relay=False), seed=1)
    assert run.found is run.expected is None
    assert run.ok
    assert run.reason is not None
    assert "no path" in run.reason


def test_virtual_time_is_not_real_time() -> None:
    run = play(Pairing.between(nat.SYMMETRIC, nat.SYMMETRIC, relay=False), seed=1)
    assert run.virtual > 15
    assert run.real < 10
