"""Tests of `nat.worlds.happenings`: the events of a world file."""

import pytest

from nat.worlds import (
    BlockUdp,
    ChangeLink,
    Heal,
    Move,
    Partition,
    PlanError,
    Reboot,
    Renumber,
    parse,
)

WORLD = """
[nat.home-a]
[nat.home-b]
[host.alice]
network = "home-a"
[host.server]
[link.alice]
loss = 0.5
"""


def events_of(text):
    return parse(WORLD + text).events


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("reboot = 'home-a'", Reboot(5.0, "home-a")),
        (
            "renumber = 'home-a'\nexternal = '203.0.113.9'",
            Renumber(5.0, "home-a", ("203.0.113.9",)),
        ),
        ("renumber = 'home-a'", Renumber(5.0, "home-a", ("203.0.113.3",))),
        ("move = 'alice'\nto = 'home-b'", Move(5.0, "alice", "home-b", "eth0", ("192.168.1.2",))),
        (
            "move = 'alice'\nto = 'internet'\naddress = '9.9.9.9'",
            Move(5.0, "alice", "internet", "eth0", ("9.9.9.9",)),
        ),
        (
            "partition = [['home-a'], ['server', 'home-b']]",
            Partition(5.0, ("home-a",), ("server", "home-b")),
        ),
        ("heal = true", Heal(5.0)),
        ("block-udp = 'home-a'", BlockUdp(5.0, "home-a")),
        ("unblock-udp = 'home-a'", BlockUdp(5.0, "home-a", blocked=False)),
    ],
)
def test_an_event_is_a_time_and_what_happens(text, event):
    assert events_of(f"[[event]]\nat = '5 s'\n{text}") == (event,)


def test_a_link_changes_from_what_it_was_in_the_order_of_time():
    text = "[[event]]\nat = 9\nlink = 'alice'\ncut = true\n[[event]]\nat = 2\nlink = 'alice'\njitter = 1"
    first, second = events_of(text)
    assert isinstance(first, ChangeLink)
    assert isinstance(second, ChangeLink)
    assert (first.link.up.loss, first.link.up.jitter, first.link.up.cut) == (0.5, 1.0, False)
    assert (second.link.up.loss, second.link.up.jitter, second.link.up.cut) == (0.5, 1.0, True)


def test_a_link_is_a_usual_one_again_after_a_move():
    text = "[[event]]\nat = 1\nmove = 'alice'\nto = 'home-b'\n[[event]]\nat = 2\nlink = 'alice'\n"
    *_, change = events_of(text + "jitter = 1")
    assert isinstance(change, ChangeLink)
    assert (change.link.up.loss, change.link.up.jitter) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("at = 1", "it says nothing; allowed: one of reboot, renumber"),
        ("at = 1\nreboot = 'home-a'\nheal = true", "it says reboot and heal; allowed: one of"),
        ("reboot = 'home-a'", "it has no time"),
        ("at = 'soon'\nheal = true", "event[0].at: got 'soon'"),
        ("at = 1\nmove = 'alice'", "it does not say where to"),
        ("at = 1\npartition = ['home-a', 'server']", "two lists of places"),
        ("at = 1\nreboot = 'home-a'\nhow = 'hard'", "unknown key 'how'; allowed: at, reboot"),
    ],
)
def test_what_is_no_event_is_a_fault(text, message):
    with pytest.raises(PlanError) as caught:
        events_of(f"[[event]]\n{text}")
    assert message in str(caught.value)
