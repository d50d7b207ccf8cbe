"""Tests of `nat.translation.filters`: whom a NAT lets in."""

import pytest

from nat import Address, Dependence
from nat.translation.filters import FOREVER, Filter

EI, AD, APD = Dependence
B, B_OTHER_PORT, C = (
    Address("198.51.100.1", 1000),
    Address("198.51.100.1", 1001),
    Address("198.51.100.2", 1000),
)


@pytest.mark.parametrize(
    ("filtering", "other_port", "other_host"),
    [(EI, True, True), (AD, True, False), (APD, False, False)],
)
def test_a_filter_lets_in_whom_its_behaviour_takes_for_the_same(filtering, other_port, other_host):
    one = Filter(filtering)
    assert not one.admits(B, 0.0)
    one.note(B, FOREVER)
    assert one.admits(B, 1e9)
    assert one.admits(B_OTHER_PORT, 0.0) is other_port
    assert one.admits(C, 0.0) is other_host


def test_an_entry_ends_and_is_forgotten_when_asked():
    one = Filter(APD)
    one.note(B, 10.0)
    one.note(C, 20.0)
    assert one.admits(B, 9.9)
    assert not one.admits(B, 10.0)
    assert one.knows(B)
    one.expire(10.0)
    assert not one.knows(B)
    assert one.knows(C)
    one.note(B, FOREVER)
    one.keep([B])
    assert list(one.contacts) == [B]


def test_it_says_why_somebody_is_not_let_in():
    external = Address("203.0.113.1", 4711)
    one = Filter(APD)
    assert one.why_not(external, B, 0.0) == (
        "address-and-port-dependent filtering, 203.0.113.1:4711 has never sent to 198.51.100.1:1000"
    )
    one.note(B, 10.0)
    assert one.why_not(external, B, 12.5).endswith("for 198.51.100.1:1000 had expired 2.5 s before")
    assert Filter(AD).why_not(external, B, 0.0).endswith("has never sent to 198.51.100.1")
