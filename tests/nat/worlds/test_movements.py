"""Tests of `nat.worlds.movements`: who moves where, and whether that can be."""

import pytest

from nat.worlds import PlanError, parse

WORLD = """
[nat.home-a]
[nat.home-b]
lan = "10.0.0.0/24"
[host.alice]
network = "home-a"
address = "192.168.1.7"
[host.bob]
network = "home-b"
address = "10.0.0.7"
[[event]]
at = 5
"""


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("move = 'carol'\nto = 'home-b'", "event[0].move", "no 'carol'; allowed: alice, bob"),
        ("move = 'alice'\nto = 'home-c'", "event[0].to", "allowed: internet, home-a, home-b"),
        ("move = 'alice'\nto = 'home-b'\ninterface = 'wifi'", "event[0].interface", "allowed: eth0"),
        (
            "move = 'alice'\nto = 'home-b'\naddress = '10.0.0.7'",
            "event[0].address", "10.0.0.7 is already bob's on home-b",
        ),
        ("reboot = 'alice'", "event[0].reboot", "allowed: home-a, home-b"),
        ("block-udp = 'x'", "event[0].block-udp", "allowed: home-a, home-b"),
        (
            "renumber = 'home-a'\nexternal = '203.0.113.2'",
            "event[0].external", "already home-b's",
        ),
        (
            "renumber = 'home-a'\nexternal = '203.0.113.1'",
            "event[0].external", "home-a has 203.0.113.1 already",
        ),
        ("link = 'alice.wifi'\nloss = 1", "event[0].link", "no 'wifi'; allowed: eth0"),
        ("partition = [['alice'], ['eve']]", "event[0].partition", "no 'eve'"),
        ("partition = [['alice'], ['alice']]", "event[0].partition", "on both sides"),
        ("partition = [['alice'], []]", "event[0].partition", "a side is empty"),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_is_a_fault_at_its_key(text, place, message):
    with pytest.raises(PlanError) as caught:
        parse(WORLD + text)
    assert [fault.place for fault in caught.value.faults] == [place]
    assert message in str(caught.value)


def test_an_address_is_free_when_whoever_had_it_has_moved_away():
    second = "[[event]]\nat = 6\nmove = 'alice'\nto = 'home-b'\naddress = '10.0.0.7'"
    plan = parse(f"{WORLD}move = 'bob'\nto = 'internet'\n{second}")
    assert [event.addresses for event in plan.events] == [("198.51.100.1",), ("10.0.0.7",)]
