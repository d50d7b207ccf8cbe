"""A season's figures are those that can be reckoned by hand."""

import math
from dataclasses import replace

import pytest

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.records import Ending, Fate, Moment, Played, Season
from signaling.matchmaking.season.summary import Tail, bands_of, spread_of, summarize, waits_of


def fate(number: int, waited: float, rating: float = 1500, **more: object) -> Fate:
    made = Fate(f"t{number}", 0, rating, "here", 1, waited, Ending.MATCHED)
    return replace(made, **more)  # type: ignore[arg-type]


def season(*fates: Fate, matches: tuple[Played, ...] = ()) -> Season:
    moments = (Moment(30, 4, 9, 0, 0), Moment(60, 2, 3, 0, 0))
    reasons = {Blocked.RATING: 3, Blocked.REGION: 1}
    return Season(Queue("q"), 60, fates, matches, moments, 5, reasons, 7)


def test_percentiles_are_values_that_came() -> None:
    spread = spread_of([float(n) for n in range(100, 0, -1)])
    assert (spread.p5, spread.p50, spread.p90, spread.p95) == (5, 50, 90, 95)
    assert (spread.p99, spread.worst, spread.mean, spread.count) == (99, 100, 50.5, 100)
    assert spread_of([3.0]).p5 == spread_of([3.0]).worst == 3.0
    assert math.isnan(spread_of([]).p50)


def test_each_player_of_a_party_waits_and_who_was_refused_or_waits_yet_is_left_out() -> None:
    fates = [
        fate(1, 4, players=2),
        fate(2, 9, ending=Ending.GAVE_UP),
        fate(3, 0, ending=Ending.REFUSED),
        fate(4, 50, ending=Ending.WAITING),
    ]
    assert waits_of(fates) == [4, 4, 9]
    summary = summarize(season(*fates))
    assert (summary.players, summary.tickets, summary.longest) == (5, 4, 50)
    assert summary.matched == pytest.approx(2 / 4)


def test_bands_hold_everybody_once_from_the_lowest_to_the_highest() -> None:
    fates = [fate(n, 1, rating=n) for n in range(1, 1001)]
    bands = bands_of(fates)
    assert [band.players for band in bands] == [9, 40, 200, 500, 200, 40, 11]
    assert (bands[0].low, bands[-1].high) == (1, 1000)
    assert sum(band.players for band in bands_of([fate(1, 1)] * 30)) == 30
    assert bands_of([]) == ()


def slow(*slow_ones: int, home: str = "here") -> tuple[Fate, ...]:
    """A thousand players of ratings 0 to 999, of whom some wait for longer than the others."""
    return tuple(
        fate(n, 100 if n in slow_ones else 1, rating=n, home=home if n in slow_ones else "here")
        for n in range(1000)
    )


@pytest.mark.parametrize(
    ("fates", "tail"),
    [
        (slow(*range(991, 1000)), Tail(above=949)),
        (slow(*range(9)), Tail(below=49)),
        (slow(0, 1, 2, 3, 995, 996, 997, 998), Tail(above=949, below=49)),
        (slow(*range(500, 509), home="afar"), Tail(home="afar")),
        (slow(*range(500, 509)), None),
        ((), None),
    ],
    ids=["above", "below", "both ends", "far away", "nobody in particular", "nobody"],
)
def test_who_most_of_the_slowest_are_is_found(fates: tuple[Fate, ...], tail: Tail | None) -> None:
    assert summarize(season(*fates)).tail == tail


def test_matches_are_described_and_reasons_are_shares() -> None:
    one = Played(1, (("a",), ("b",)), 2, 0, 100, 80, 40, "here", 0.9, full=True)
    other = Played(2, (("c",), ("d",)), 1, 1, 300, 20, None, None, 0.5, full=False)
    summary = summarize(season(fate(1, 1), matches=(one, other)))
    assert (summary.matches, summary.per_minute, summary.aborted) == (2, 2.0, 5)
    assert (summary.spread.p50, summary.spread.worst, summary.imbalance.worst) == (100, 300, 80)
    assert (summary.rtt.count, summary.rtt.p50, summary.quality.p5) == (1, 40, 0.5)
    assert (summary.full, summary.with_bots, summary.pool.mean) == (0.5, 0.5, 3)
    assert summary.reasons == {Blocked.RATING: 0.75, Blocked.REGION: 0.25}


def test_groups_say_how_many_were_matched() -> None:
    fates = (
        fate(1, 1, home="near"),
        fate(2, 3, home="near", ending=Ending.EXPIRED),
        fate(3, 5, home="far", ending=Ending.WAITING),
    )
    near, far = summarize(season(*fates)).homes
    assert (near.name, near.players, near.matched, near.waits.worst) == ("near", 2, 0.5, 3)
    assert (far.name, far.players) == ("far", 1)
    assert math.isnan(far.matched)
