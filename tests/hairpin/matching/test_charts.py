"""Charts of lines: round ticks, everything inside its frame, nothing that XML would not take."""

import xml.etree.ElementTree as ET

import pytest

from hairpin.matching.charts import Axis, Frame, Line, chart, legend, round_step, svg

FRAME = Frame(10, 20, 100, 50)


def plain(value: float) -> str:
    return f"{value:g}"


@pytest.mark.parametrize(
    ("rough", "step"), [(0.13, 0.2), (1, 1), (1.01, 2), (2.5, 5), (7, 10), (70, 100), (0, 1)]
)
def test_steps_are_round(rough: float, step: float) -> None:
    assert round_step(rough) == pytest.approx(step)


def test_ticks_are_within_the_axis() -> None:
    assert Axis(0, 44, plain).ticks() == [0, 10, 20, 30, 40]
    assert Axis(700, 2310, plain).ticks() == [1000, 1500, 2000]
    assert Axis(0, 1, plain, step=0.25).ticks() == [0, 0.25, 0.5, 0.75, 1]


def test_a_line_stays_in_its_frame_whatever_its_values() -> None:
    line = Line("<mine>", 1, [(-5, -5), (0, 0), (5, 10), (99, 99)])
    parts = chart(FRAME, "title", Axis(0, 10, plain), Axis(0, 10, plain), [line])
    (drawn,) = [part for part in parts if "polyline" in part]
    assert 'points="10.0,70.0 10.0,70.0 60.0,20.0 110.0,20.0"' in drawn
    assert 'class="line s1"' in drawn
    assert "&lt;mine&gt;" in drawn


def test_the_picture_is_xml_with_a_name_and_both_colour_schemes() -> None:
    made = svg(100, 50, 'a "name" & more', legend(0, 10, [("s0", "a<b")]))
    root = ET.fromstring(made)
    assert root.get("aria-label") == 'a "name" & more'
    assert "prefers-color-scheme: dark" in made
