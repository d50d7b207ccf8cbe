"""The cells of the truth table, played with real ICE."""

import dataclasses

import pytest

import nat
from hairpin.lab.cells import Cell, Played, cells, play
from nat import CandidateType, Model
from nat.matrix import Pairing


@pytest.mark.parametrize("model", Model)
def test_all_81_cells_are_as_the_rule_says_with_the_types_of_candidates(model: Model) -> None:
    played = [play(cell) for cell in cells(model, with_relay=False, seed=1)]
    assert len(played) == 81
    assert [one for one in played if not one.ok] == []


def test_where_no_direct_path_is_the_drops_say_why() -> None:
    played = play(Cell(Pairing(nat.SYMMETRIC, nat.SYMMETRIC, Model.PURE), with_relay=False, seed=1))
    assert any("address-and-port-dependent filtering" in drop for drop in played.drops)


def test_with_a_relay_a_cell_is_relayed_where_it_cannot_be_direct() -> None:
    relayed = play(Cell(Pairing(nat.SYMMETRIC, nat.SYMMETRIC, Model.PURE), with_relay=True, seed=1))
    direct = play(Cell(Pairing(nat.SYMMETRIC, nat.FULL_CONE, Model.PURE), with_relay=True, seed=1))
    assert (relayed.ok, relayed.relayed, relayed.direct) == (True, True, False)
    assert (direct.ok, direct.relayed, direct.direct) == (True, False, True)


def test_a_cell_with_other_types_than_expected_is_not_ok() -> None:
    cell = Cell(Pairing(nat.FULL_CONE, nat.FULL_CONE, Model.PURE), with_relay=False, seed=1)
    types = (CandidateType.SERVER_REFLEXIVE,) * 2
    good = Played(
        cell,
        cell.pairing.expected,
        types,
        relayed=False,
        elapsed=0.1,
        drops=(),
    )
    assert good.ok
    for wrong in (None, (CandidateType.SERVER_REFLEXIVE, CandidateType.PEER_REFLEXIVE)):
        assert not dataclasses.replace(good, types=wrong).ok
