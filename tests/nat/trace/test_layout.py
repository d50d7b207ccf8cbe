"""Tests of `nat.trace.layout`: where everything in a sequence diagram goes."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from nat import DropReason
from nat.trace.arrows import arrows
from nat.trace.columns import columns
from nat.trace.layout import Layout, lay_out


def layout_of(events):
    found = arrows(events.journeys())
    return lay_out(columns(events, events.story.places), found)


def boxes(layout):
    return [
        (label.box[0], label.box[1] + y, label.box[2], label.box[3] + y)
        for drawn in layout.drawn
        for y, label in drawn.labels
    ]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def check(layout):
    for one, other in itertools.combinations(boxes(layout), 2):
        assert not overlap(one, other)
    for drawn in layout.drawn:
        assert all(line.y2 >= line.y1 for line in drawn.lines)
    assert all(0 <= y <= layout.bottom for _, y, _, _ in boxes(layout))


def test_packets_become_lines_dots_and_crosses(punched):
    layout = layout_of(punched.events)
    assert [head.place.name for head in layout.heads] == [
        "alice",
        "home-a",
        "stun",
        "home-b",
        "bob",
    ]
    shapes = [(len(d.lines), len(d.dots), len(d.crosses)) for d in layout.drawn]
    assert shapes == [(2, 1, 0), (2, 1, 0), (2, 1, 1), (3, 2, 0)]
    assert [d.lines[-1].style for d in layout.drawn] == ["arrived", "arrived", "lost", "arrived"]
    check(layout)


def test_heads_do_not_touch(punched):
    heads = layout_of(punched.events).heads
    for one, other in itertools.pairwise(heads):
        assert one.x + one.half < other.x - other.half


def test_nothing_is_laid_out_as_nothing():
    assert lay_out([], []) == Layout()


@settings(max_examples=40)
@given(st.data())
def test_no_label_covers_another_and_no_packet_goes_up(make_scribe, data):
    scribe = make_scribe()
    names = ["alice", "home-a", "stun", "home-b", "bob"]
    for _ in range(data.draw(st.integers(1, 12))):
        scribe.at(scribe.clock.now_ns / 1e9 + data.draw(st.sampled_from([0, 0.0005, 0.02, 3])))
        port = data.draw(st.integers(1, 3))
        number = scribe.sent(
            data.draw(st.sampled_from(names)), ("192.0.2.1", port), ("192.0.2.2", 2)
        )
        for _ in range(data.draw(st.integers(0, 2))):
            scribe.translated(number, data.draw(st.sampled_from(names)), source=("192.0.2.9", port))
        end = data.draw(st.sampled_from([None, *names]))
        if data.draw(st.booleans()):
            scribe.delivered(number, end or "stun")
        elif end is not None:
            scribe.dropped(number, end, data.draw(st.sampled_from(DropReason)))
    check(layout_of(scribe.trace.events))
