"""Tests of `nat.trace.explaining`: drops in words, and what would have helped."""

import pytest

from nat import DropReason
from nat.trace import PlaceKind

ALICE, BOB = ("192.168.1.2", 5000), ("192.168.1.2", 6000)
OUTSIDE, BOB_OUTSIDE = ("203.0.113.1", 40000), ("203.0.113.2", 50000)


def why(trace, source, goal):
    return trace.events.why(source, goal)


def fail(scribe, *, seen_as=OUTSIDE, to=BOB_OUTSIDE, times=1, reason=DropReason.FILTERED):
    """Alice sends to bob in vain."""
    for _ in range(times):
        number = scribe.sent("alice", ALICE, to)
        scribe.translated(number, "home-a", source=seen_as)
        scribe.dropped(number, "home-b", reason, "the detail")


def test_drops_of_one_kind_are_explained_in_one_line(scribe):
    number = scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2))
    for time in (0.499, 0.999, 1.499):
        scribe.at(time)
        scribe.dropped(number, "home")
    assert scribe.trace.explain() == (
        "home dropped 3 packets 198.51.100.1:1 > 198.51.100.2:2 from 0.500 s to 1.500 s:"
        " filtered by the NAT: never sent to you"
    )


def test_one_drop_is_explained_in_the_singular(scribe):
    scribe.dropped(
        scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2)), "home", detail=""
    )
    assert scribe.trace.explain() == (
        "home dropped 1 packet 198.51.100.1:1 > 198.51.100.2:2 at 0.001 s: filtered by the NAT"
    )


@pytest.mark.parametrize(
    ("ports", "words"),
    [
        ((2, 2), "198.51.100.2:2 from"),
        ((2, 3), "198.51.100.2:2 and another pair of addresses from"),
        ((2, 3, 4), "198.51.100.2:2 and 2 other pairs of addresses from"),
    ],
)
def test_drops_that_differ_in_a_measure_or_an_address_alone_are_of_one_kind(scribe, ports, words):
    for port in ports:
        number = scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", port))
        scribe.dropped(number, "home", detail=f"too late by {number}.5 s")
    assert words in scribe.trace.explain()
    assert scribe.trace.explain().endswith("too late by 1.5 s")


def test_without_drops_there_is_little_to_explain(scribe):
    assert scribe.trace.explain() == "No packet was dropped."


def test_what_arrived_needs_no_excuse(punched):
    assert why(punched, "alice", "bob") == (
        "alice sent 1 packet to bob at 203.0.113.2:50000; it arrived after 3 ms."
    )


def test_what_was_never_sent_did_not_arrive(punched):
    assert why(punched, "stun", "alice") == "stun sent nothing to alice."


def test_a_packet_that_came_too_early_is_told_when_the_way_was_opened(punched):
    assert why(punched, "bob", "alice") == (
        "bob sent 1 packet to alice at 203.0.113.1:40000; home-a dropped it at 1.002 s:"
        " filtered by the NAT: 203.0.113.1:40000 has never sent to 203.0.113.2:50000;"
        " alice sent to 203.0.113.2:50000 only at 2.001 s, which let in what came after."
    )


def test_a_filter_says_whom_the_receiver_should_have_sent_to(punched, scribe):
    fail(scribe, times=2, seen_as=("203.0.113.7", 1))
    assert why(punched, "alice", "bob").endswith(
        "1 arrived, the first at 2.003 s; home-b dropped 2 from 2.005 s to 2.007 s:"
        " filtered by the NAT: the detail; home-b would have let them in had bob sent to"
        " 203.0.113.7:1 from 203.0.113.2:50000,"
        " but it had sent to 198.51.100.1:3478, 203.0.113.1:40000 only."
    )


def test_a_symmetric_nat_is_named_as_the_cause(scribe):
    for host, nat, inside, outside, goal in (
        ("alice", "home-a", ALICE, OUTSIDE, ("198.51.100.1", 3478)),
        ("bob", "home-b", BOB, BOB_OUTSIDE, OUTSIDE),
    ):
        scribe.translated(scribe.sent(host, inside, goal), nat, source=outside)
    fail(scribe, seen_as=("203.0.113.1", 40001))
    assert why(scribe.trace, "alice", "bob").endswith(
        "home-b would have let it in had bob sent to 203.0.113.1:40001 from 203.0.113.2:50000,"
        " but it sent to 203.0.113.1:40000, as home-a gives alice's 192.168.1.2:5000"
        " one port per destination: 203.0.113.1:40000 towards 198.51.100.1:3478,"
        " 203.0.113.1:40001 towards 203.0.113.2:50000."
    )


@pytest.fixture
def strangers(scribe):
    """Alice behind a symmetric NAT, which gave her another port towards bob than towards the server."""
    scribe.trace.place("home-a", PlaceKind.NAT, ("203.0.113.1",))
    scribe.trace.place("alice", PlaceKind.HOST, ("192.168.1.2",), "home-a")
    for outside, goal in ((OUTSIDE, ("198.51.100.1", 3478)), (("203.0.113.1", 7), BOB_OUTSIDE)):
        number = scribe.sent("alice", ALICE, goal)
        scribe.translated(number, "home-a", source=outside)
    number = scribe.sent("bob", BOB_OUTSIDE, OUTSIDE)
    scribe.dropped(number, "home-a")
    return scribe.trace


def test_the_receivers_own_symmetric_nat_is_named_too(strangers):
    assert why(strangers, "bob", "alice").endswith(
        "home-a would have let it in had alice sent to 203.0.113.2:50000 from 203.0.113.1:40000,"
        " but what it sent there left from 203.0.113.1:7, as home-a gives alice's"
        " 192.168.1.2:5000 one port per destination: 203.0.113.1:40000 towards"
        " 198.51.100.1:3478, 203.0.113.1:7 towards 203.0.113.2:50000."
    )


def test_a_mapping_that_came_later_is_told(scribe):
    fail(scribe, reason=DropReason.NO_MAPPING)
    number = scribe.sent("bob", BOB, OUTSIDE)
    scribe.translated(number, "home-b", source=BOB_OUTSIDE)
    assert why(scribe.trace, "alice", "bob").endswith(
        "home-b dropped it at 0.002 s: no such mapping: the detail;"
        " bob opened 203.0.113.2:50000 only at 0.003 s."
    )


def test_mappings_that_the_nat_had_instead_are_told(punched, scribe):
    fail(scribe, to=("203.0.113.2", 9), reason=DropReason.NO_MAPPING)
    assert why(punched, "alice", "203.0.113.2:9").endswith(
        "the detail; what home-b had open was 203.0.113.2:50000."
    )


def test_hosts_that_sent_nothing_opened_nothing(scribe):
    scribe.trace.place("home-b", PlaceKind.NAT, ("203.0.113.2",))
    scribe.trace.place("bob", PlaceKind.HOST, ("192.168.1.2",), "home-b")
    fail(scribe, reason=DropReason.NO_MAPPING)
    assert why(scribe.trace, "alice", "bob").endswith("; bob behind home-b had sent nothing.")


def test_behind_a_nat_without_hairpinning_the_inner_address_is_told(scribe):
    inner = ("192.168.1.3", 6000)
    number = scribe.sent("bob", inner, ("198.51.100.1", 3478))
    scribe.translated(number, "home", source=("203.0.113.1", 6))
    number = scribe.sent("alice", ALICE, ("203.0.113.1", 6))
    scribe.dropped(number, "home", DropReason.NO_HAIRPINNING, "the detail")
    assert why(scribe.trace, "alice", "bob").endswith(
        "the NAT does not hairpin: the detail; inside, bob is at 192.168.1.3:6000."
    )


def test_reasons_that_need_no_advice_are_given_as_they_are(scribe):
    fail(scribe, reason=DropReason.LOST)
    assert why(scribe.trace, "alice", "203.0.113.2").endswith(
        "at 0.002 s: lost on the link: the detail."
    )


def test_packets_under_way_and_many_addresses_are_counted(scribe):
    for port in range(6):
        scribe.sent("alice", ALICE, ("203.0.113.2", port))
    assert why(scribe.trace, "alice", "203.0.113.2") == (
        "alice sent 6 packets to 203.0.113.2 at 203.0.113.2:0, 203.0.113.2:1, 203.0.113.2:2,"
        " 203.0.113.2:3 and 2 more; 6 did not get to an end while the world ran."
    )


def test_what_was_forgotten_is_said(make_scribe):
    scribe = make_scribe(limit=4)
    fail(scribe, times=9)
    events = scribe.trace.events
    assert f"({events.forgotten} older events were forgotten" in events.why("alice", "203.0.113.2")
