"""Tests of `nat.trace.heights`: how far down in a diagram everything is."""

from nat.trace.heights import Heights, Moment

MILLISECOND = 1_000_000


def heights(scribe, boxes=()):
    events = list(scribe.trace)
    moments = [
        Moment(event, list(box))
        for event, box in zip(events, boxes or [()] * len(events), strict=True)
    ]
    found = Heights(moments, 100.0)
    return found, [found.of(event) for event in events]


def send(scribe, *times, name="alice"):
    for time in times:
        scribe.at(time)
        scribe.sent(name, ("192.0.2.1", 1), ("192.0.2.2", 2))


def test_later_is_further_down_and_longer_is_further_but_not_in_proportion(scribe):
    send(scribe, 0.0, 0.001, 0.011, 0.111)
    _, (first, second, third, last) = heights(scribe)
    assert first == 100.0
    assert first < second < third < last
    assert second - first < third - second < last - third < 10 * (second - first)


def test_what_happened_at_one_time_is_at_one_height(scribe):
    send(scribe, 0.5, 0.5)
    _, (one, other) = heights(scribe)
    assert one == other


def test_a_label_that_would_cover_another_moves_down_and_all_that_is_later_with_it(scribe):
    send(scribe, 0.0, 0.0, 0.001)
    box = (0.0, -30.0, 100.0, -2.0)
    found, (one, other, later) = heights(scribe, [[box], [box], []])
    assert one == 126.5  # below the heads of columns
    assert other >= one + 28
    assert later > other
    assert found.bottom == later


def test_labels_side_by_side_stay_at_one_height(scribe):
    send(scribe, 0.0, 0.0)
    _, (one, other) = heights(scribe, [[(0.0, -30.0, 100.0, 0.0)], [(100.0, -30.0, 200.0, 0.0)]])
    assert one == other


def test_a_long_pause_is_marked(scribe):
    send(scribe, 0.0, 0.1, 5.1)
    found, (_, before, after) = heights(scribe)
    ((y, text),) = [(mark.y, mark.text) for mark in found.pauses]
    assert text == "5 s later"
    assert before < y < after


def test_times_stand_where_packets_began_and_not_twice(scribe):
    send(scribe, 0.0, 0.0, 0.1)
    scribe.delivered(1, "bob")
    found, _ = heights(scribe, [[], [(0.0, 0.0, 9.0, 90.0)], [(0.0, 0.0, 9.0, 9.0)], []])
    assert [mark.text for mark in found.times] == ["0 ms", "100 ms"]


def test_a_packet_never_goes_up(scribe):
    """What a host sends to itself takes no time; labels may have pushed its beginning down."""
    number = scribe.sent("alice", ("192.0.2.1", 1), ("192.0.2.1", 2))
    scribe.trace.note(scribe.trace.events[0].verdict, "alice", scribe.packets[number], number)
    box = (0.0, -80.0, 9.0, 0.0)
    _, (begin, end) = heights(scribe, [[box], [(50.0, 0.0, 60.0, 1.0)]])
    assert end >= begin > 100.0
