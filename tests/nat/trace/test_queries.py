"""Tests of `nat.trace.queries`: questions to a trace."""

import pytest

from nat import Address, DropReason, Protocol
from nat.trace import Events, Verdict


@pytest.fixture
def events(punched):
    return punched.events


def numbers(events):
    return sorted({event.packet for event in events})


def test_a_trace_is_a_sequence_equal_to_a_list(events):
    assert len(events) == 13
    assert events == list(events)
    assert events == tuple(events)
    assert events[:2] == [events[0], events[1]]
    assert isinstance(events[:2], Events)
    assert events[-1].where == "bob"
    assert events != list(events)[:-1]
    assert events != [13] * 13
    assert events != 13
    assert not events[:0]
    assert repr(events) == "<13 events of 4 packets>"


def test_questions_go_by_packet(events):
    assert numbers(events.packets(1, 3)) == [1, 3]
    assert numbers(events.packets(protocol=Protocol.UDP)) == [1, 2, 3, 4]
    assert numbers(events.packets(protocol=Protocol.TCP)) == []
    assert numbers(events.packets(source="203.0.113.2:50000")) == [2, 3]
    assert numbers(events.packets(source=Address("203.0.113.1", 40000))) == [1, 4]
    assert numbers(events.packets(destination="198.51.100.1")) == [1, 2]
    assert numbers(events.packets(carrying="hello")) == [1, 2, 3, 4]
    assert numbers(events.packets(carrying="STUN")) == []


def test_a_packet_is_found_with_all_that_happened_to_it(events):
    assert [event.where for event in events.packets(destination=Address("192.168.1.2", 6000))] == [
        "alice", "home-a", "home-b", "bob",
    ]  # fmt: skip


def test_questions_go_by_place(events):
    assert {event.where for event in events.where("home-a", "bob")} == {"home-a", "bob"}
    with pytest.raises(ValueError, match="knows no place 'home'"):
        events.where("home")


def test_questions_go_by_ends(events):
    assert numbers(events.towards("alice", "bob")) == [4]
    assert numbers(events.between("alice", "bob")) == [3, 4]
    assert numbers(events.between("bob", "stun")) == [2]


def test_questions_go_by_time(events):
    assert numbers(events.during(1.0, 1.5)) == [3]
    assert numbers(events.during(2.0)) == [4]


def test_questions_go_by_what_happened(events):
    assert {event.verdict for event in events.sent()} == {Verdict.SENT}
    assert numbers(events.translated()) == [1, 2, 3, 4]
    assert numbers(events.delivered()) == [1, 2, 4]
    assert numbers(events.dropped()) == numbers(events.dropped(DropReason.FILTERED)) == [3]
    assert numbers(events.dropped(DropReason.LOST)) == []


def test_questions_follow_each_other(events):
    assert numbers(events.between("alice", "bob").where("home-a").dropped()) == [3]
    assert events.filter(lambda event: event.time > 2).delivered()[0].where == "bob"


def test_journeys_and_flows_are_those_of_the_events_asked_about(events):
    assert [journey.packet for journey in events.where("bob").journeys()] == [2, 3, 4]
    assert [len(journey.events) for journey in events.where("bob").journeys()] == [3, 3, 4]
    assert [flow.origin for flow in events.towards("alice", "bob").flows()] == ["alice"]
    assert len(events.flows()) == 4


def test_a_packet_that_is_not_there_is_refused(events):
    with pytest.raises(KeyError, match="no packet 99; it has 4"):
        events.journey(99)


def test_a_packet_that_was_forgotten_is_said_to_be(make_scribe):
    scribe = make_scribe(limit=4)
    for _ in range(9):
        scribe.sent("alice", ("192.0.2.1", 1), ("192.0.2.2", 2))
    with pytest.raises(KeyError, match="and has forgotten 6 events"):
        scribe.trace.events.journey(1)


def test_drops_are_explained_for_a_place_and_for_who_sent(events):
    assert events.explain() == events.explain("home-a") == events.explain("bob")
    assert events.explain("alice") == "No packet was dropped."
    assert events.during(2.0).explain() == "No packet was dropped."


def test_a_trace_prints_as_its_table(events):
    assert str(events) == events.text()
    assert len(events.text().splitlines()) == 14
