"""The page stands alone, says in text what it draws, and lets nothing of the remote's become code."""

import re
from html.parser import HTMLParser

import pytest

from peer.explanation import Explanation, explain
from peer.report import IceReport
from peer.waterfall import Bar, Group, Mark, Row, Tone, Waterfall
from peer.waterfallpage import page

VOID = {"meta", "br", "link", "input"}
SHOWN = Waterfall(
    (
        Group(
            "Checks",
            (
                Row(
                    "host <b>&",
                    (Bar(0.1, 0.3, Tone.FINE, "answered"), Bar(0.4, None, Tone.BROKEN, "lost")),
                    (Mark(0.3, Tone.FINE, 'selected: "best"'),),
                    "the whole story",
                ),
            ),
        ),
    ),
    setup_end=0.5,
    end=60.0,
)
NOTHING: Explanation = explain(IceReport(0.0, (), ()))


class Balanced(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_whole_and_asks_nobody_for_anything() -> None:
    html = page(SHOWN, NOTHING, title="alice and bob", made="hairpin call room --timeline t.html")
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert not re.search(r"(src|href)\s*=|url\(|@import|https?:", html)
    assert "ICE has not begun." in html
    assert "hairpin call room" in html


def test_what_a_stranger_wrote_stays_text() -> None:
    html = page(SHOWN, title="<script>alert(1)</script>")
    assert "<b>" not in html
    assert "<script>alert" not in html
    assert "host &lt;b&gt;&amp;" in html


def test_the_table_says_what_the_picture_shows() -> None:
    parser = Balanced()
    parser.feed(page(SHOWN, title="t"))
    text = "\n".join(parser.text)
    for word in ("100 ms", "300 ms", "answered", "lost", 'selected: "best"', "the whole story"):
        assert word in text


@pytest.mark.parametrize(
    ("end", "scopes"), [(60.0, ["Set-up", "Everything"]), (0.5, ["Everything"])]
)
def test_the_set_up_is_shown_first_where_more_followed(end: float, scopes: list[str]) -> None:
    html = page(Waterfall(SHOWN.groups, 0.5, end), title="t")
    assert re.findall(r"data-span=\"[\d.]+\">([\w-]+)<", html) == scopes
    assert html.count('aria-pressed="true"') == 1
