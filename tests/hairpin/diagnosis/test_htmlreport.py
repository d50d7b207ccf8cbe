"""The page stands alone, shows all that a terminal does, and lets nothing of a stranger's become code."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from msgspec.structs import replace

from hairpin.diagnosis.htmlreport import evidence_in, page
from nat.discovery import Evidence, FamilyReport, Grade, Outcome, Report, Verdict, decode
from nat.discovery.findings import unknown
from stunwire import Family

VOID = {"meta", "br"}


class Balanced(HTMLParser):
    """Every element that is opened is closed, in order, and no id stands twice."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.ids += [value for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.ids += [value for key, value in attrs if key == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_asks_nobody_for_anything(home: Report, packets: Evidence) -> None:
    html = page(replace_evidence(home, packets), made="hairpin nat --report r.html")
    Balanced(html)
    outside = html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"(src|href)\s*=|url\(|@import|https?:|<script", outside)
    assert "prefers-color-scheme: dark" in html
    assert "hairpin nat --report r.html" in html


def replace_evidence(report: Report, evidence: Evidence) -> Report:
    return dataclasses.replace(report, evidence=evidence)


def test_it_begins_with_the_verdict_and_shows_all_that_a_terminal_does(home: Report) -> None:
    text = Balanced(page(home)).text
    words = [
        *("Good", "Direct connections work with most people", "What would help", "Have a relay"),
        *("With whom can I connect directly?", "home router", "through a relay", "What was found"),
        *("endpoint-independent", "Three destinations saw port 40000", "6 tests, 2 servers agree"),
        *("questions not asked", "Evidence"),
    ]
    places = [text.index(each, text.index("Good")) for each in words]
    assert places == sorted(places)


def test_the_pictures_are_there_where_there_is_something_to_draw(
    home: Report, packets: Evidence
) -> None:
    assert "<svg" not in page(home)
    html = page(replace_evidence(home, packets))
    assert html.count("<svg") == 2
    assert "Test packets" in html
    assert "Lifetime ladder" in html


def test_the_page_gives_its_evidence_back(home: Report, packets: Evidence) -> None:
    text = evidence_in(page(replace_evidence(home, packets)))
    assert text is not None
    assert decode(text) == packets
    assert json.loads(text)["version"] == 1
    assert evidence_in("<p>another page</p>") is None


def test_what_a_stranger_wrote_stays_text(make_report: Any, make_family: Any) -> None:
    evil = "<script>alert(1)</script></pre>"
    report = make_report(
        verdict=Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, evil, (evil,)),
        families=(make_family(hairpinning=unknown(evil), external=(evil,)),),
        evidence=Evidence(program=evil),
    )
    html = page(report)
    assert "<script" not in html
    text = evidence_in(html)
    assert text is not None
    assert decode(text).program == evil


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"interrupted": True}, "stopped before"), ({"anonymous": True}, "addresses are masked")],
)
def test_it_says_if_the_evidence_is_not_whole(home: Report, changed: Any, words: str) -> None:
    assert words in page(replace_evidence(home, replace(home.evidence, **changed)))


def test_a_family_of_which_nothing_is_known_is_a_line_and_no_table(make_report: Any) -> None:
    six = FamilyReport(Family.IPV6, udp=unknown("no server could be asked"))
    text = page(make_report(families=(six,)))
    assert '<p class="soft">IPv6: nothing is known, as no server could be asked.</p>' in text
