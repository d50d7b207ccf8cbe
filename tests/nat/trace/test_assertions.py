"""Tests of `nat.trace.assertions`: assertions whose messages tell what became of the packets."""

from types import SimpleNamespace

import pytest

from nat import DropReason
from nat.trace import assert_delivered, assert_dropped, assert_not_delivered


def test_what_is_so_passes_for_a_simulation_and_for_a_trace(punched):
    for traced in (punched.events, SimpleNamespace(trace=punched.events)):
        assert_delivered(traced, "alice", "bob")
        assert_not_delivered(traced, "bob", "alice")
        assert_dropped(traced, "bob", "alice", reason=DropReason.FILTERED, where="home-a")


def test_what_did_not_arrive_is_explained(punched):
    with pytest.raises(
        AssertionError, match=r"nothing arrived: bob sent 1 packet to alice at .*only"
    ):
        assert_delivered(punched.events, "bob", "alice")
    with pytest.raises(AssertionError, match="1 instead of at least 2 arrived: alice sent"):
        assert_delivered(punched.events, "alice", "bob", at_least=2)


def test_what_arrived_against_expectation_is_shown_on_its_way(punched):
    with pytest.raises(AssertionError, match=r"a packet arrived:\n#4 .*\n.*alice: sent\n.*home-a"):
        assert_not_delivered(punched.events, "alice", "bob")


def test_what_was_never_sent_proves_nothing(punched):
    with pytest.raises(AssertionError, match="stun sent nothing to bob"):
        assert_not_delivered(punched.events, "stun", "bob")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"reason": DropReason.LOST}, "because: lost on the link; bob sent 1 packet"),
        ({"where": "home-b"}, "no packet was dropped, at home-b; bob sent"),
    ],
)
def test_another_drop_than_expected_is_explained(punched, how, words):
    with pytest.raises(AssertionError, match=words):
        assert_dropped(punched.events, "bob", "alice", **how)


def test_a_part_of_a_trace_is_asked_about_that_part(punched):
    assert_delivered(punched.events.during(2.0), "alice", "bob")
    with pytest.raises(AssertionError, match="nothing arrived"):
        assert_delivered(punched.events.during(0.0, 1.0), "alice", "bob")
