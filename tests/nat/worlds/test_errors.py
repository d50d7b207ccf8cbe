"""Tests of `nat.worlds.errors`: every fault of a plan, each with its place."""

from nat.worlds import Fault, PlanError


def test_a_fault_says_where_it_is():
    fault = Fault("nat.home.lan", "no network")
    assert str(fault) == "nat.home.lan: no network"
    assert str(fault.at_line(3)) == "line 3, nat.home.lan: no network"
    assert str(Fault("", "broken", 1)) == "line 1: broken"
    assert str(Fault("", "broken")) == "the file: broken"


def test_the_error_lists_all_faults():
    error = PlanError((Fault("a", "one"), Fault("b", "two")), "world.toml")
    assert str(error) == "world.toml cannot be played, it has 2 faults:\n  a: one\n  b: two"
    assert "1 fault:" in str(PlanError((Fault("a", "one"),)))
