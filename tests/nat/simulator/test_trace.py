"""Tests of `nat.simulator.trace`: what happened to each packet, where, and why: as data to query, as text, as a digest."""

from nat import Address, Drop, DropReason, Packet, Protocol
from nat.simulator.clock import Clock
from nat.simulator.trace import Trace, Verdict

PACKET = Packet(Protocol.UDP, Address("198.51.100.1", 1), Address("198.51.100.2", 2), b"abc")


def record(*, payload=b"abc", drops=1):
    clock = Clock()
    trace = Trace(clock)
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


def test_an_event_reads_as_a_line():
    _, dropped = record()
    assert " ".join(str(dropped).split()) == (
        "0.500000 #1 home dropped udp 198.51.100.1:1 > 198.51.100.2:2 (3 B):"
        " filtered by the NAT: never sent to you"
    )


def test_digests_are_equal_for_equal_records_only():
    assert record().digest() == record().digest()
    assert record().digest() != record(drops=2).digest()
    assert record().digest() != record(payload=b"abcd").digest()
    assert record().digest(sizes=False) == record(payload=b"abcd").digest(sizes=False)


def test_drops_of_one_kind_are_explained_in_one_line():
    assert record(drops=3).explain() == (
        "home dropped 3 packets 198.51.100.1:1 > 198.51.100.2:2 from 0.500 s to 1.500 s:"
        " filtered by the NAT: never sent to you"
    )
    assert "home dropped 1 packet 198.51.100.1:1 > 198.51.100.2:2 at 0.500 s:" in record().explain()


def test_without_drops_there_is_little_to_explain():
    assert record(drops=0).explain() == "No packet was dropped."
