"""A meeting in the kernel in words and as data, with what came of it made up."""

import nat
from hairpin.lab.kernelmeeting import document, verdict
from hairpin.lab.kernelworlds import pair_plan
from hairpin.lab.meeting import Outcome
from nat import CandidateType
from peer import Path

PLAN = pair_plan(nat.SYMMETRIC, nat.FULL_CONE)
PEERS = ("alice", "bob")
ALICE, BOB = ("203.0.113.1", 4711), ("203.0.113.2", 815)
MET = Outcome(
    (
        Path(CandidateType.PEER_REFLEXIVE, ALICE, CandidateType.SERVER_REFLEXIVE, BOB),
        Path(CandidateType.SERVER_REFLEXIVE, BOB, CandidateType.PEER_REFLEXIVE, ALICE),
    ),
    0.041,
)
MISSED = Outcome((None, None), 5.0)


def test_the_verdict_comes_first_and_then_who_was_where() -> None:
    assert str(verdict(PLAN, PEERS, MET, quiet=False)).splitlines() == [
        "Direct, 41 ms.",
        "alice behind home-a (symmetric): peer-reflexive 203.0.113.1:4711",
        "bob behind home-b (full cone): server-reflexive 203.0.113.2:815",
    ]
    assert str(verdict(PLAN, PEERS, MISSED, quiet=True)) == "No direct path, after 5.0 s of trying."


def test_the_document_has_the_same() -> None:
    found = document(PLAN, PEERS, MET)
    assert found["path"] == "direct"
    assert found["ms"] == 41
    assert found["peers"][0] == {
        "host": "alice",
        "nats": ["address-and-port-dependent/address-and-port-dependent"],
        "candidate": {"type": "prflx", "address": "203.0.113.1:4711"},
    }
    assert document(PLAN, PEERS, MISSED)["peers"][1]["candidate"] is None
