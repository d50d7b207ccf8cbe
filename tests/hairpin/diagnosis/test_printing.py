"""A report on a terminal, and in a pipe."""

import dataclasses
import io
from typing import Any

import pytest
from rich.console import Console

from hairpin.diagnosis.htmlreport import page
from hairpin.diagnosis.printing import Amount, show
from nat.discovery import Evidence, FamilyReport, Grade, Outcome, Report, Verdict
from nat.discovery.findings import unknown
from nat.discovery.report import Outlook
from stunwire import Family


def printed(report: Report, amount: Amount = Amount.FACTS, **more: Any) -> str:
    out = io.StringIO()
    show(report, Console(file=out, highlight=False, width=more.pop("width", 160), **more), amount)
    return out.getvalue()


def test_the_verdict_comes_first_with_its_grade(home: Report) -> None:
    assert printed(home).splitlines()[0] == (
        "Good: Direct connections work with most people, not with those behind a symmetric NAT."
    )
    assert printed(home, Amount.VERDICT).count("\n") == 1


def test_then_the_partners_then_the_facts_then_what_would_help(home: Report) -> None:
    text = printed(home)
    places = [
        text.index(words)
        for words in (
            *("Good:", "With whom can I connect directly?", "IPv4: 192.168.1.10", "Beyond the NAT"),
            *("Servers", "What would help", "1. Let the router", "2. Have a relay"),
        )
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "words",
    [
        "endpoint-independent: every destination sees the same port",
        "6 tests, 2 servers agree",
        "unknown: no request came back, and one of three was lost",
        "questions not asked: ",
        "25 to 35 s",
        "works, 52 ms, relays at 198.51.100.10:50000",
    ],
)
def test_each_fact_has_its_answer_and_what_it_rests_on(home: Report, words: str) -> None:
    assert words in printed(home)


def test_details_say_what_was_seen(home: Report) -> None:
    text = printed(home, Amount.DETAILS)
    assert "      Three destinations saw port 40000" in text
    assert "port parity: not tested: it was not asked for" in text


def test_a_pipe_gets_no_colours_and_a_terminal_does(home: Report) -> None:
    assert "\x1b" not in printed(home)
    assert "\x1b[32mGood:" in printed(home, force_terminal=True, color_system="standard")


@pytest.mark.parametrize("width", [40, 80])
def test_nothing_is_cut_off_on_a_narrow_terminal(home: Report, width: int) -> None:
    text = printed(home, width=width)
    assert "…" not in text
    assert "203.0.113.7" in text


def test_what_a_server_says_cannot_steer_the_terminal(make_report: Any, make_family: Any) -> None:
    evil = make_family(hairpinning=unknown("it said \x1b[2J\x07"))
    report = make_report(
        families=(evil,), verdict=Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, "odd \x1b]0;x\x07")
    )
    for amount in Amount:
        assert "\x1b" not in printed(report, amount)


LOOKS = [
    (Outlook(("eth0",)), ""),
    (Outlook(("eth0",), False, ("wlan0", "wwan0")), "--interface wlan0 tells what is there"),
    (Outlook(("wlan0",), True, ("eth0",)), "Looked through wlan0, as asked; eth0 was not"),
]


@pytest.mark.parametrize(("outlook", "words"), LOOKS)
def test_another_way_out_is_named_on_a_terminal_and_on_the_page(
    home: Report, outlook: Outlook, words: str
) -> None:
    report = dataclasses.replace(home, outlook=outlook)
    out = printed(report)
    assert words in out
    assert words in page(report)
    assert ("Looked through" in out) == bool(words)
    assert "Looked" not in printed(report, Amount.VERDICT)


def test_a_family_of_which_nothing_is_known_is_a_line_and_no_table(make_report: Any) -> None:
    six = FamilyReport(Family.IPV6, udp=unknown("no server could be asked"))
    text = printed(make_report(families=(six,)))
    assert "\nIPv6: nothing is known, as no server could be asked.\n" in text
    assert "│ UDP " not in text.partition("Beyond")[0]


def test_below_the_facts_it_says_once_whose_word_all_rests_on(home: Report) -> None:
    words = "rests on the word of stun.example.org:3478 alone"
    for text in (printed(home), printed(home, Amount.DETAILS), page(home)):
        assert text.count(words) == 1


def test_what_was_stopped_says_so_and_when(home: Report) -> None:
    stopped = dataclasses.replace(home, evidence=Evidence(interrupted=True, elapsed=2.14))
    words = "Stopped after 2.1 s, before it was done: this is what was known by then."
    assert printed(stopped).splitlines()[1] == words
    assert words not in printed(home)
    assert printed(stopped, Amount.VERDICT).count("\n") == 1


def test_a_narrow_terminal_gets_whole_words(home: Report) -> None:
    text = printed(home, width=40)
    assert "┃" not in text
    lines = [line.rstrip() for line in text.splitlines()]
    assert "  answer: endpoint-independent: every" in lines
    assert "Servers" in lines
