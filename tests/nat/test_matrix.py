"""Tests of `nat.matrix`: every pairing of two NATs as a world, with what should come of it."""

import pytest

from nat import ALL_NINE, CandidateType, Model
from nat.matrix import NatPair, Pairing, pairings
from nat.simulator import Simulation


def test_all_nine_types_make_81_pairings_in_the_order_of_the_tables():
    made = pairings()
    assert len(made) == 81
    assert [one.name for one in made[:2]] == ["EI/EI-EI/EI", "EI/EI-EI/AD"]
    assert made[-1] == Pairing(ALL_NINE[-1], ALL_NINE[-1], Model.PURE)


def test_behaviors_may_be_named():
    made = pairings("conntrack", ["symmetric", ALL_NINE[0]])
    assert [one.name for one in made] == [
        "APD/APD-APD/APD", "APD/APD-EI/EI", "EI/EI-APD/APD", "EI/EI-EI/EI",
    ]  # fmt: skip
    assert {one.model for one in made} == {Model.CONNTRACK}
    assert made[0].a == Model.CONNTRACK.of(ALL_NINE[-1])


@pytest.fixture
def pair():
    return NatPair(Simulation(1), pairings()[3])


def test_a_world_has_two_homes_and_a_server(pair):
    assert pair.pairing.name == "EI/EI-AD/EI"
    assert [home.behavior.short for home in pair.homes] == ["EI/EI", "AD/EI"]
    assert pair.alice in pair.homes[0].hosts
    assert pair.bob in pair.homes[1].hosts
    assert pair.stun_server == (pair.server.address, 3478)


def test_types_as_expected_pass_as_words_or_as_enums(pair):
    pair.assert_candidate_types(("srflx", "prflx"))
    pair.assert_candidate_types(pair.expected.alternatives[0])
    pair.assert_direct(True)


@pytest.mark.parametrize("found", [None, ("srflx", "srflx"), ("prflx", "srflx")])
def test_other_types_or_none_fail_with_the_whole_story(pair, found):
    with pytest.raises(AssertionError, match="expected server-reflexive and peer-reflexive"):
        pair.assert_candidate_types(found)


@pytest.mark.parametrize("found", [("reflexive", "prflx"), ("srflx",), ("srflx", "prflx", "host")])
def test_what_is_not_two_types_is_the_callers_fault(pair, found):
    with pytest.raises(ValueError, match=r"reflexive|unpack"):
        pair.assert_candidate_types(found)


def test_where_no_path_is_none_must_be_found():
    pair = NatPair(Simulation(1), pairings(behaviors=["symmetric"])[0])
    pair.assert_candidate_types(None)
    pair.assert_direct(False)
    with pytest.raises(AssertionError, match="expected no direct path, because both NATs"):
        pair.assert_direct(True)
    with pytest.raises(AssertionError, match="found relayed and host"):
        pair.assert_candidate_types((CandidateType.RELAYED, CandidateType.HOST))
