"""The picture is SVG that stands alone, and draws what the set-up had."""

import xml.etree.ElementTree as ET

import pytest

from peer.waterfall import Bar, Group, Mark, Row, Tone, Waterfall
from peer.waterfallsvg import picture

SVG = "{http://www.w3.org/2000/svg}"
ROWS = (
    Row("host <1>", (Bar(0.0, 0.2, Tone.FINE, "answered"),), (Mark(0.2, Tone.FINE, "selected"),)),
    Row("x" * 80, (Bar(0.1, None, Tone.BROKEN, "no answer"),)),
    Row("much later", marks=(Mark(9.0, Tone.PLAIN, "later"),)),
)


@pytest.mark.parametrize("setup", [0.004, 0.4, 12.0])
def test_the_picture_is_whole_and_within_its_frame(setup: float) -> None:
    root = ET.fromstring(picture(Waterfall((Group("Checks", ROWS),), setup, 60.0), title="a & b"))
    assert root.get("aria-label") == "a & b"
    width = float(root.get("width") or 0)
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x") or 0) + float(rect.get("width") or 0) <= width + 0.1


def test_what_comes_after_the_set_up_is_left_out_and_long_names_are_cut() -> None:
    text = picture(Waterfall((Group("Checks", ROWS),), 0.4, 60.0), title="t")
    assert "much later" not in text
    assert "host &lt;1&gt;" in text
    assert "x" * 57 + "…" in text
    assert "x" * 58 not in text.replace(f"<title>{'x' * 80}</title>", "")
