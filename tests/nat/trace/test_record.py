"""Tests of `nat.trace.record`: recording what happens to packets, as cheap as can be, and bounded."""

import pytest

from nat import Address, Drop, DropReason, Packet, Protocol
from nat.fragments import split
from nat.simulator.clock import Clock
from nat.trace import DEFAULT_LIMIT, Trace, Verdict

PACKET = Packet(Protocol.UDP, Address("198.51.100.1", 1), Address("198.51.100.2", 2), b"abc")


def record(*, payload=b"abc", drops=1, limit=None):
    clock = Clock()
    trace = Trace(clock, limit)
    number = trace.sent("alice", PACKET._replace(payload=payload))
    for step in range(drops):
        clock.advance_to((step + 1) * 500_000_000)
        drop = Drop(DropReason.FILTERED, "never sent to you")
        trace.dropped("home", PACKET, number, drop)
    return trace


def test_a_packet_keeps_its_number_from_place_to_place():
    sent, dropped = record()
    assert (sent.packet, sent.where, sent.verdict, sent.size) == (1, "alice", Verdict.SENT, 3)
    assert (dropped.packet, dropped.where, dropped.verdict) == (1, "home", Verdict.DROPPED)
    assert dropped.time == 0.5


def test_digests_are_equal_for_equal_records_only():
    assert record().digest() == record().digest()
    assert record().digest() != record(drops=2).digest()
    assert record().digest() != record(payload=b"abcd").digest()
    assert record().digest(sizes=False) == record(payload=b"abcd").digest(sizes=False)


def test_a_digest_is_the_same_whatever_has_been_asked_before():
    asked = record(drops=2)
    assert asked.events
    assert asked.digest() == record(drops=2).digest()


def test_what_was_asked_for_stays_as_it_is_while_the_world_goes_on():
    trace = record()
    before = trace.events
    trace.sent("bob", PACKET)
    assert (len(before), len(trace.events), len(trace)) == (2, 3, 3)
    assert trace.events[:2] == before


@pytest.mark.parametrize("asking", [True, False])
def test_the_oldest_rows_are_forgotten_and_counted(asking):
    trace = Trace(Clock(), 8)
    for number in range(100):
        assert trace.sent("alice", PACKET) == number + 1
        trace.note(Verdict.DELIVERED, "bob", PACKET, number + 1)
        assert not asking or len(trace) <= 8
    assert 6 <= len(trace) <= 8
    assert trace.forgotten == 200 - len(trace)
    *_, last = trace
    assert (last.packet, last.verdict) == (100, Verdict.DELIVERED)
    assert [event.packet for event in trace] == sorted(event.packet for event in trace)
    said = f"({trace.forgotten} older events were forgotten: see `trace_limit`.)"
    assert trace.explain() == f"No packet was dropped.\n{said}"


def test_a_digest_tells_what_was_forgotten():
    short, long = Trace(Clock(), 4), Trace(Clock(), 4)
    for trace, many in ((short, 4), (long, 40)):
        for _ in range(many):
            trace.sent("alice", PACKET)
    assert short.digest() != long.digest()


def test_rows_without_a_new_packet_are_bounded_when_somebody_asks():
    assert len(record(drops=100, limit=10)) <= 10


def test_a_trace_that_is_off_still_numbers_packets():
    trace = record(drops=3, limit=0)
    assert list(trace) == []
    assert trace.sent("alice", PACKET) == 2
    assert trace.explain() == "No packet was dropped."


def test_a_negative_limit_is_refused():
    with pytest.raises(ValueError, match="0 rows or more, not -1"):
        Trace(Clock(), -1)


def test_the_usual_limit_is_a_bound():
    assert DEFAULT_LIMIT >= 100_000


def test_a_nat_that_a_packet_passes_says_how_it_came(scribe):
    number = scribe.sent("alice", ("192.168.1.2", 1), ("198.51.100.1", 2))
    scribe.translated(number, "home", source=("203.0.113.1", 3))
    _, translated = scribe.trace
    assert translated.before.source == ("192.168.1.2", 1)
    assert translated.source == ("203.0.113.1", 3)


def test_two_copies_of_a_packet_came_to_a_nat_in_the_same_form(scribe):
    number = scribe.sent("alice", ("192.168.1.2", 1), ("198.51.100.1", 2))
    for _ in range(2):
        scribe.translated(number, "home", source=("203.0.113.1", 3))
    assert [event.before.source.port for event in scribe.trace.events.translated()] == [1, 1]


def test_pieces_of_a_packet_came_as_its_whole_did_without_the_ports(scribe):
    number = scribe.sent("alice", ("192.168.1.2", 1), ("198.51.100.1", 2), b"x" * 2000)
    for piece in split(scribe.packets[number], 1280, 7):
        scribe.packets[number] = piece
        scribe.translated(number, "home", source=("203.0.113.1", piece.source.port and 3))
    _, first, second = [event.addresses for event in scribe.trace]
    assert first == "192.168.1.2:1 → 203.0.113.1:3 > 198.51.100.1:2"
    assert second == "192.168.1.2 → 203.0.113.1 > 198.51.100.1"
