"""The pictures are whole, and say in words what they show."""

from xml.etree import ElementTree as ET

import pytest

from hairpin.diagnosis.drawing import draw_ladders, draw_timeline
from hairpin.diagnosis.timeline import Lane, Mark, Sign, Track, ladders, lanes
from nat.discovery import Evidence


def titles(svg: str) -> list[str]:
    return [str(each.text) for each in ET.fromstring(svg).iter() if each.tag.endswith("title")]


def test_every_packet_and_answer_is_drawn_with_its_words(packets: Evidence) -> None:
    drawn = titles(draw_timeline(lanes(packets)))
    assert "100 ms: sent first" in drawn
    assert "700 ms: sent again (2)" in drawn
    assert "140 ms: 198.51.100.10:3478 answers and saw 203.0.113.7:40000" in drawn


def test_the_ladder_says_what_was_heard_after_each_silence(packets: Evidence) -> None:
    drawn = titles(draw_ladders(ladders(packets)))
    assert drawn == [
        "15 s of silence: an answer got in",
        "35 s of silence: another had the port",
        "65 s of silence: nothing got in",
    ]


def test_what_stands_alone_brings_its_colours(packets: Evidence) -> None:
    assert "prefers-color-scheme: dark" in draw_timeline(lanes(packets), standalone=True)
    assert "<style>" not in draw_timeline(lanes(packets))


def test_what_a_stranger_wrote_stays_text() -> None:
    evil = Track("<script>&", (Mark(0.0, Sign.SENT, '"><b>'),), "<i>")
    svg = draw_timeline((Lane("<x>", (evil,)),))
    assert "&lt;script&gt;&amp;: &lt;i&gt;" in svg
    ET.fromstring(svg)


def test_a_storm_of_packets_makes_no_endless_picture() -> None:
    track = Track("to a", (Mark(0.0, Sign.SENT, "sent"),), "silence")
    svg = draw_timeline((Lane("one", (track,) * 100), Lane("two", (track,) * 100)))
    assert "… and 50 more" in svg
    assert svg.count('class="sent"') == 151  # and one in the legend


@pytest.mark.parametrize("end", [0.0, 0.004, 0.3, 8.0, 60.0, 700.0, 90000.0])
def test_the_axis_has_a_few_times_whatever_the_length(end: float) -> None:
    track = Track("to a", (Mark(0.0, Sign.SENT, ""), Mark(end, Sign.ANSWERED, "")), "answered")
    svg = draw_timeline((Lane("one", (track,)),))
    assert 2 <= svg.count('class="grid"') <= 12
