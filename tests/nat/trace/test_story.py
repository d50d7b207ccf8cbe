"""Tests of `nat.trace.story`: who sent from where, and for whom a packet was."""

import pytest

from nat import Address, DropReason


def numbers(trace, source, goal):
    return [journey.packet for journey in trace.events.story.between(source, goal)]


def test_a_host_is_known_by_the_addresses_under_which_it_was_seen(punched):
    senders = punched.events.story.senders
    assert senders["203.0.113.1", 40000] == ("alice",)
    assert senders["203.0.113.2", 50000] == ("bob",)
    assert senders["192.168.1.2", 6000] == ("bob",)
    assert ("203.0.113.9", 1) not in senders


def test_packets_between_two_hosts_are_found_whether_they_arrived_or_not(punched):
    assert numbers(punched, "alice", "bob") == [4]
    assert numbers(punched, "bob", "alice") == [3]
    assert numbers(punched, "alice", "stun") == [1]
    assert numbers(punched, "bob", "stun") == [2]


@pytest.mark.parametrize(
    "goal",
    [Address("203.0.113.2", 50000), "203.0.113.2:50000", "203.0.113.2", "192.168.1.2:6000"],
)
def test_packets_are_found_by_address_too(punched, goal):
    assert numbers(punched, "alice", goal) == [4]


def test_a_packet_that_a_nat_stopped_was_for_the_one_host_behind_it(punched, scribe):
    number = scribe.sent("stun", ("198.51.100.1", 3478), ("203.0.113.2", 9))
    scribe.dropped(number, "home-b", DropReason.NO_MAPPING)
    assert numbers(punched, "stun", "bob") == [number]
    assert numbers(punched, "stun", "alice") == []


def test_a_packet_for_an_address_of_a_host_is_for_it_though_it_never_sent(punched, scribe):
    number = scribe.sent("alice", ("192.168.1.2", 5000), ("198.51.100.1", 9))
    scribe.dropped(number, "stun", DropReason.CLOSED_PORT)
    assert numbers(punched, "alice", "stun") == [1, number]


@pytest.mark.parametrize(("source", "goal"), [("carol", "bob"), ("alice", "carol")])
def test_a_place_that_is_unknown_is_refused_with_those_that_are_known(punched, source, goal):
    with pytest.raises(ValueError, match="no place 'carol'; it knows alice, bob, home-a, home-b"):
        punched.events.story.between(source, goal)


def test_an_empty_trace_knows_no_place(scribe):
    with pytest.raises(ValueError, match="it knows none yet"):
        scribe.trace.events.story.check_name("alice")
