"""Tests of `nat.trace.hops`: the hops of a packet from column to column."""

import pytest

from nat import DropReason
from nat.trace import Place, PlaceKind
from nat.trace.hops import hops

HOST, NAT = PlaceKind.HOST, PlaceKind.NAT
PLACES = (
    Place("alice", HOST, ("192.168.1.2",)),
    Place("home-a", NAT, ("203.0.113.1",)),
    Place("stun", HOST, ("198.51.100.1",)),
    Place("home-b", NAT, ("203.0.113.2",)),
    Place("bob", HOST, ("192.168.1.9",)),
)
ALICE, BOB = ("192.168.1.2", 1), ("192.168.1.9", 2)


def ways(scribe):
    (journey,) = scribe.trace.events.journeys()
    return [(hop.start, hop.goal, hop.part) for hop in hops(journey, PLACES)]


def test_a_packet_goes_from_place_to_place(scribe):
    number = scribe.sent("alice", ALICE, ("203.0.113.2", 9))
    scribe.translated(number, "home-a", source=("203.0.113.1", 7))
    scribe.translated(number, "home-b", destination=BOB)
    scribe.delivered(number, "bob")
    scribe.dropped(number, "bob")  # a copy
    assert ways(scribe) == [(0, 1, 1.0), (1, 3, 1.0), (3, 4, 1.0)]


@pytest.mark.parametrize(
    ("goal", "where", "reason", "hop"),
    [
        ("203.0.113.2", "home-a", DropReason.FILTERED, (0, 1, 1.0)),
        ("203.0.113.2", "home-a", DropReason.LOST, (0, 1, 0.7)),
        ("203.0.113.2", "alice", DropReason.LOST, (0, 1, 0.5)),
        ("203.0.113.2", "the internet", DropReason.NO_ROUTE, (0, 1, 0.5)),
        ("192.168.1.2", "alice", DropReason.CLOSED_PORT, (0, 0, 1.0)),
    ],
)
def test_a_drop_is_at_its_place_or_on_the_way_there(scribe, goal, where, reason, hop):
    scribe.dropped(scribe.sent("alice", ALICE, (goal, 9)), where, reason)
    assert ways(scribe) == [hop]


@pytest.mark.parametrize(
    ("origin", "goal", "hop"),
    [
        ("stun", "203.0.113.1", (2, 1, 0.4)),
        ("stun", "203.0.113.2", (2, 3, 0.4)),
        ("bob", "9.9.9.9", (4, 3, 0.4)),
        ("alice", "9.9.9.9", (0, 1, 0.4)),
        ("home-a", "9.9.9.9", (1, 2, 0.4)),
    ],
)
def test_a_packet_under_way_points_to_where_it_was_going(scribe, origin, goal, hop):
    scribe.sent(origin, ALICE, (goal, 9))
    assert ways(scribe) == [hop]


def test_what_a_host_at_the_right_edge_sends_to_itself_turns_left(scribe):
    for name in ("alice", "bob"):
        scribe.delivered(scribe.sent(name, BOB, BOB), name)
    loops = [hops(journey, PLACES)[0] for journey in scribe.trace.events.journeys()]
    assert [(hop.is_loop, hop.goes_right) for hop in loops] == [(True, True), (True, False)]


def test_a_world_with_one_place_is_enough(scribe):
    scribe.sent("alice", ALICE, BOB)
    (journey,) = scribe.trace.events.journeys()
    (hop,) = hops(journey, PLACES[:1])
    assert (hop.start, hop.goal) == (0, 0)


def test_a_packet_that_a_nat_sends_back_turns_there(scribe):
    for name in ("stun", "home-a"):
        number = scribe.sent("bob", BOB, ALICE)
        scribe.translated(number, name)
        scribe.delivered(number, "home-b")
    turns = [
        [hop.turns_back for hop in hops(one, PLACES)] for one in scribe.trace.events.journeys()
    ]
    assert turns == [[False, True], [False, True]]
    number = scribe.sent("home-a", BOB, ALICE)
    scribe.translated(number, "alice")
    scribe.delivered(number, "home-a")
    *_, last = scribe.trace.events.journeys()
    assert not any(hop.turns_back for hop in hops(last, PLACES))  # no room at the left


def test_of_copies_that_one_is_shown_that_arrived(scribe):
    number = scribe.sent("alice", ALICE, ("203.0.113.2", 9))
    for _ in range(2):
        scribe.translated(number, "home-a", source=("203.0.113.1", 7))
    scribe.dropped(number, "home-b")
    scribe.translated(number, "home-b", destination=BOB)
    scribe.delivered(number, "bob")
    assert ways(scribe) == [(0, 1, 1.0), (1, 3, 1.0), (3, 4, 1.0)]
