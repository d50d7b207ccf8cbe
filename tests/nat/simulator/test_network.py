"""Tests of `nat.simulator.network`: what all places of a world share."""

import pytest

from nat.simulator import WorldError
from nat.simulator.network import Network


def test_a_name_is_given_once():
    network = Network(0)
    network.claim_name("alice")
    with pytest.raises(WorldError, match="'alice'"):
        network.claim_name("alice")


def test_a_purpose_has_one_stream_of_its_own():
    network, other = Network(1), Network(1)
    network.stream("a").random()
    assert network.stream("a") is network.stream("a")
    assert network.stream("b").random() == other.stream("b").random()


def test_tables_of_ways_are_emptied_when_something_changes():
    network, ways = Network(0), {}
    network.remember(ways)
    ways["somewhere"] = "so"
    network.change_ways()
    assert not ways


def test_a_table_that_is_used_no_more_is_let_go():
    network, ways = Network(0), {}
    for _ in range(3):
        network.remember(ways)
        ways["somewhere"] = "so"
    network.forget(ways)
    assert not ways
    ways["elsewhere"] = "so"
    network.change_ways()
    assert ways
