"""Tests of `nat.trace.arrows`: packets as the arrows of a diagram."""

from nat import DropReason
from nat.trace.arrows import arrows


def drawn(scribe):
    return [
        (one.journey.packet, one.count, one.last) for one in arrows(scribe.trace.events.journeys())
    ]


def ping(scribe, payload=b"hello", reason=None, port=1):
    number = scribe.sent("alice", ("192.0.2.1", port), ("192.0.2.2", 2), payload)
    if reason is not None:
        scribe.dropped(number, "bob", reason)


def test_packets_alike_are_one_arrow(scribe):
    for second in range(3):
        scribe.at(second)
        ping(scribe, b"number %d" % second)
    assert drawn(scribe) == [(1, 3, 2.0)]


def test_packets_with_another_end_or_way_or_content_are_others(scribe):
    ping(scribe)
    ping(scribe, reason=DropReason.CLOSED_PORT)
    ping(scribe, reason=DropReason.BUFFER_FULL)
    ping(scribe, b"goodbye")
    ping(scribe, port=9)
    assert [count for _, count, _ in drawn(scribe)] == [1] * 5


def test_packets_that_take_turns_are_counted_together(scribe):
    for _ in range(3):
        ping(scribe)
        ping(scribe, b"goodbye")
    assert [(number, count) for number, count, _ in drawn(scribe)] == [(1, 3), (2, 3)]


def test_what_comes_again_after_much_else_is_drawn_again(scribe):
    ping(scribe)
    for port in range(10, 20):
        ping(scribe, port=port)
    ping(scribe)
    assert [number for number, _, _ in drawn(scribe)][-1] == 12
