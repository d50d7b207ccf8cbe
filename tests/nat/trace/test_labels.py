"""Tests of `nat.trace.labels`: what stands beside the lines of a diagram."""

import pytest

from nat import DropReason
from nat.trace import Place, PlaceKind
from nat.trace.arrows import arrows
from nat.trace.hops import hops
from nat.trace.labels import clock_text, line_near, reason_label, start_label

PLACES = (
    Place("alice", PlaceKind.HOST, ("192.168.1.2",)),
    Place("home", PlaceKind.NAT, ("203.0.113.1",)),
    Place("bob", PlaceKind.HOST, ("198.51.100.1", "198.51.100.2")),
)
XS = (100.0, 300.0, 500.0)


def labels(scribe):
    (arrow,) = arrows(scribe.trace.events.journeys())
    its = hops(arrow.journey, PLACES)
    return its, [start_label(arrow, hop, PLACES, XS) for hop in its]


def texts(label):
    return [text for text, _ in label.lines]


def test_the_beginning_tells_what_it_carries_and_whereto(scribe):
    number = scribe.sent("alice", ("192.168.1.2", 5), ("198.51.100.1", 9))
    scribe.translated(number, "home", source=("203.0.113.1", 7))
    scribe.delivered(number, "bob")
    _, (first, second) = labels(scribe)
    assert texts(first) == ['"hello"', ":5 → 198.51.100.1:9"]
    assert texts(second) == ["from 203.0.113.1:7"]
    assert (first.x, first.right, second.x) == (110.0, True, 310.0)
    assert first.box[3] < 0  # above the line


def test_a_host_with_several_addresses_tells_from_which(scribe):
    number = scribe.sent("bob", ("198.51.100.2", 9), ("203.0.113.1", 7))
    scribe.translated(number, "home", source=("8.8.8.8", 1), destination=("192.168.1.2", 5))
    scribe.delivered(number, "alice")
    _, (first, second) = labels(scribe)
    assert texts(first) == ['"hello"', "198.51.100.2:9 → 203.0.113.1:7"]
    assert texts(second) == ["from 8.8.8.8:1", "to 192.168.1.2:5"]
    assert (first.x, first.right) == (490.0, False)
    assert first.box[2] == 490.0


def test_packets_alike_are_counted(scribe):
    for second in range(3):
        scribe.at(second)
        scribe.delivered(scribe.sent("alice", ("192.168.1.2", 5), ("198.51.100.1", 9)), "bob")
    _, (label,) = labels(scribe)
    assert texts(label)[1] == "× 3, until 2.000 s"


@pytest.mark.parametrize(
    ("where", "reason", "right", "below"),
    [
        ("home", DropReason.FILTERED, True, False),  # beyond the NAT
        ("bob", DropReason.CLOSED_PORT, False, True),  # nothing is beyond: below the line
        ("home", DropReason.LOST, True, True),
    ],
)
def test_a_reason_stands_where_there_is_room(scribe, where, reason, right, below):
    scribe.dropped(scribe.sent("alice", ("192.168.1.2", 5), ("198.51.100.1", 9)), where, reason)
    (hop,), _ = labels(scribe)
    label = reason_label(hop, XS)
    assert texts(label)[-1] == "never sent to you"
    assert texts(label)[0].startswith("dropped: ")
    assert (label.right, label.top > 0) == (right, below)


def test_a_line_keeps_labels_off_at_both_ends(scribe):
    scribe.delivered(scribe.sent("alice", ("192.168.1.2", 5), ("198.51.100.1", 9)), "bob")
    (hop,), _ = labels(scribe)
    assert line_near(hop, 100.0, at_start=True)[0] == 100.0
    assert line_near(hop, 500.0, at_start=False)[2] == 500.0


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(0, "0 ms"), (20_500_000, "20.5 ms"), (1_041_000_000, "1.041 s")]
)
def test_times_are_in_the_unit_that_reads_best(nanoseconds, text):
    assert clock_text(nanoseconds) == text
