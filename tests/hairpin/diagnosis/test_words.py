"""Every answer there can be has words, and none is told where there is none."""

import itertools
from typing import Any

import pytest

from hairpin.diagnosis.facts import chapters
from hairpin.diagnosis.words import GRADES, WAYS, Tone, words_of
from nat import Dependence, FilterScope, Hairpinning, Pooling, Refresh, Sessions
from nat.discovery import Grade, Report, Way
from nat.discovery.findings import known, not_tested, unknown
from nat.discovery.report import Span

ANSWERS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("mapping", "tcp_mapping", "tls_mapping", "filtering"), tuple(Dependence)),
    "hairpinning": tuple(Hairpinning),
    "pooling": tuple(Pooling),
    "filter_scope": tuple(FilterScope),
    "sessions": tuple(Sessions),
    "refresh": tuple(Refresh),
    **dict.fromkeys(
        (
            *("udp", "translated", "preserving", "parity", "contiguity", "alg", "fragments"),
            *("is_deterministic", "carrier_grade", "double", "captive_portal", "answers"),
            *("tests_filtering", "honest", "works", "opens", "opened", "clashes", "forgets"),
            *("opens_pinholes", "opened_pinholes"),
        ),
        (True, False),
    ),
    "one_shot_lifetime": (Span(25, 35),),
    "stream_lifetime": (Span(600, None),),
    "delta": (1,),
    "path_mtu": (1500,),
    "classic": ("Full Cone",),
}


@pytest.mark.parametrize(
    ("key", "value"),
    [pair for key, values in ANSWERS.items() for pair in itertools.product([key], values)],
)
def test_every_answer_has_words_of_its_own(key: str, value: Any) -> None:
    words = words_of(key, known(value, "seen"))
    assert words.text not in {"", "unknown", "not tested"}
    assert words.tone is not Tone.QUIET


def test_every_question_of_a_report_is_among_them(home: Report) -> None:
    asked = {fact.key for chapter in chapters(home) for fact in chapter.facts}
    assert asked <= set(ANSWERS)


@pytest.mark.parametrize("key", ANSWERS)
def test_what_is_unknown_or_not_tested_is_never_a_no(key: str) -> None:
    lost = words_of(key, unknown("a packet was lost"))
    assert (lost.text, lost.meaning, lost.tone) == ("unknown", "a packet was lost", Tone.QUIET)
    unasked = words_of(key, not_tested("nobody asked"))
    assert (unasked.text, unasked.meaning, unasked.tone) == (
        "not tested",
        "nobody asked",
        Tone.QUIET,
    )


def test_of_what_is_unknown_the_answers_that_are_left_are_told() -> None:
    finding = unknown("one answer is missing", possible=tuple(Dependence)[1:])
    assert words_of("filtering", finding).whole == (
        "unknown: address-dependent or address-and-port-dependent; one answer is missing"
    )


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("one_shot_lifetime", Span(25, 35), "25 to 35 s: so long may a binding be silent"),
        ("one_shot_lifetime", Span(600, None), "at least 600 s: so long may a binding be silent"),
        ("one_shot_lifetime", Span(0, 15), "less than 15 s: so long may a binding be silent"),
        ("path_mtu", 1492, "1,492 B"),
        ("delta", 2, "+2: from one mapping to the next"),
        ("delta", 0, "none"),
        ("delta", -1, "-1: from one mapping to the next"),
        (
            "mapping",
            Dependence.ENDPOINT_INDEPENDENT,
            "endpoint-independent: every destination sees the same port",
        ),
    ],
)
def test_numbers_have_units_and_words_a_meaning(key: str, value: Any, text: str) -> None:
    assert words_of(key, known(value, "")).whole == text


def test_every_grade_and_way_has_a_colour() -> None:
    assert set(GRADES) == set(Grade)
    assert set(WAYS) == set(Way)
