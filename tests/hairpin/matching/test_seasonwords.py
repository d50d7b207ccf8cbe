"""A season in sentences."""

import math

import pytest

from hairpin.matching.seasonwords import (
    ENDINGS,
    REASONS,
    compared,
    milliseconds,
    outcome,
    percent,
    points,
    seconds,
    verdict,
)
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.records import Ending, Fate, Season
from signaling.matchmaking.season.summary import Summary, summarize


def summary(*waits: float, ending: Ending = Ending.MATCHED, home: str = "here") -> Summary:
    """Those who wait longest are the strongest."""
    fates = tuple(
        Fate(f"t{n}", 0, 1000 + n, home, 1, waited, ending) for n, waited in enumerate(waits)
    )
    return summarize(Season(Queue("q"), 60, fates, (), (), 0, {}, 0))


def test_the_verdict_says_who_waits_longest() -> None:
    waits = [*[5.43] * 197, 41.2, 60, 61]
    assert verdict(summary(*waits)) == (
        "Half of the players wait less than 5.4 s; one in a hundred longer than 41 s,"
        " most of them rated above 1,190."
    )
    assert verdict(summary(*[1.0] * 10)) == (
        "Half of the players wait less than 1.0 s; one in a hundred longer than 1.0 s."
    )
    assert verdict(summary()) == "Nobody came, or nobody was let in."


def test_both_ends_and_a_region_have_their_words() -> None:
    both = summary(90, 90, *[1.0] * 396, 90, 90)
    assert "most of them rated below 1,020 or above 1,380." in verdict(both)


def test_what_became_of_the_players_is_told_the_usual_first() -> None:
    fates = [
        Fate(f"t{n}", 0, 1000, "here", 1, 3, Ending.GAVE_UP if n < 3 else Ending.MATCHED)
        for n in range(100)
    ]
    season = Season(Queue("q"), 60, tuple(fates), (), (), 0, {}, 0)
    told = outcome(summarize(season))
    assert told == "97.0 % of 100 players are matched, 3.0 % gave up."


def test_two_configurations_are_compared_in_one_sentence() -> None:
    text = compared(summary(*[5.0] * 10), summary(*[2.0] * 10), "wide.toml")
    assert text.startswith("With wide.toml half wait less than 2.0 s in place of 5.0 s")


@pytest.mark.parametrize(
    ("value", "told"), [(0.04, "0.0 s"), (9.96, "10 s"), (71, "71 s"), (700, "12 min")]
)
def test_seconds_have_no_false_precision(value: float, told: str) -> None:
    assert seconds(value) == told


def test_shares_have_a_decimal_at_both_ends() -> None:
    told = [percent(share) for share in (0, 0.004, 0.0996, 0.5, 0.9, 0.984, 1)]
    assert told == ["0 %", "0.4 %", "10 %", "50 %", "90 %", "98.4 %", "100 %"]


def test_what_there_is_not_is_a_dash() -> None:
    assert {one(math.nan) for one in (seconds, percent, points, milliseconds)} == {"–"}
    assert (points(1234.4), milliseconds(41.3)) == ("1,234", "41 ms")


def test_every_ending_and_reason_has_a_word() -> None:
    assert set(ENDINGS) == set(Ending)
    assert set(REASONS) == set(Blocked)
