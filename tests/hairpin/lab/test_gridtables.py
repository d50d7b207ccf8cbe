"""The truth table in words and as data."""

import nat
from hairpin.lab.cells import Cell, Played
from hairpin.lab.gridtables import document, found, verdict
from nat import CandidateType, Model
from nat.matrix import Pairing


def played(types: tuple[CandidateType, CandidateType] | None, *, relayed: bool = False) -> Played:
    cell = Cell(Pairing(nat.SYMMETRIC, nat.FULL_CONE, Model.PURE), with_relay=relayed, seed=1)
    expected = cell.pairing.expected
    return Played(cell, expected, types, relayed=relayed, elapsed=0.2, drops=())


def test_a_cell_says_in_a_word_what_was_found() -> None:
    one, other = CandidateType.PEER_REFLEXIVE, CandidateType.SERVER_REFLEXIVE
    assert found(played((one, other))) == "p·s"
    assert found(played((CandidateType.RELAYED, other), relayed=True)) == "relay"
    assert found(played(None)) == "–"


def test_the_verdict_counts_what_is_relayed_only_where_there_is_a_relay() -> None:
    good = played((CandidateType.PEER_REFLEXIVE, CandidateType.SERVER_REFLEXIVE))
    assert "relay" not in verdict([good], 1.0).plain
    assert verdict([good], 1.04).plain == (
        "1 of 1 pairings connect directly, as expected (model pure; 1.0 s)."
    )


def test_the_document_counts() -> None:
    made = document([played(None), played((CandidateType.RELAYED,) * 2, relayed=True)], 2.0)
    assert (made["direct"], made["relayed"], made["ok"], made["real_ms"]) == (0, 1, False, 2000)
