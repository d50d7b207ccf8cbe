"""A season on the terminal."""

import io

from rich.console import Console

from hairpin.matching.seasontables import Shown, histogram, show
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.records import Ending, Fate, Moment, Played, Season
from signaling.matchmaking.season.summary import summarize


def shown(name: str, *waits: float, bots: int = 0) -> Shown:
    fates = tuple(
        Fate(f"t{n}", 0, 1000 + n, f"home{n % 2}", 1, waited, Ending.MATCHED)
        for n, waited in enumerate(waits)
    )
    match = Played(1, (("a",), ("b",)), 2 - bots, bots, 120, 80, 40, "here", 0.9, full=True)
    moments = (Moment(60, 3, 1, 1, 1),)
    season = Season(Queue("duel"), 3600, fates, (match,), moments, 0, {Blocked.RATING: 2}, 9)
    return Shown(name, season, summarize(season))


def printed(*seasons: Shown, quiet: bool = False) -> str:
    out = io.StringIO()
    show(seasons, Console(file=out, width=120), quiet=quiet)
    return out.getvalue()


def test_the_verdict_comes_first_and_quiet_is_the_verdict_alone() -> None:
    one = shown("duel", *range(1, 101))
    assert printed(one).startswith("Half of the players wait less than 50 s;")
    assert printed(one, quiet=True) == "".join(printed(one).splitlines(keepends=True)[:2])


def test_figures_bands_regions_reasons_and_a_histogram_follow() -> None:
    text = printed(shown("duel", *range(1, 101)))
    for part in ("wait, 99 %", "120 (120)", "40 ms (40 ms)", "home1", "1,094 – 1,098", "matches a"):
        assert part in text
    assert "Why tickets wait longer than 30 s: too far away in rating 100 %." in text
    assert "matches with bots" not in text
    assert "1 h of the queue 'duel', 9 ticks" in text


def test_what_happens_sometimes_has_a_row_when_it_does() -> None:
    assert "matches with bots" in printed(shown("duel", 1.0, bots=1))


def test_two_seasons_stand_side_by_side() -> None:
    text = printed(shown("duel", *[3.0] * 20), shown("wide.toml", *[1.5] * 20))
    assert "With wide.toml half wait less than 1.5 s in place of 3.0 s" in text
    for what in ("wait, 90 %", "1,004 – 1,014"):
        (row,) = [line for line in text.splitlines() if what in line]
        assert row.index("3.0 s") < row.index("1.5 s")
    assert "wide.toml: half wait" in text
    assert "Why tickets wait longer than 30 s (wide.toml): " in text


def test_the_longest_bar_belongs_to_the_most_and_empty_ends_are_left_out() -> None:
    lines = [line.plain for line in histogram([shown("duel", 0.5, 0.6, 0.7, 3)])]
    assert lines == [
        "     0 – 1 s  ████████████████████████████████████████ 75 %",
        "     1 – 2 s   0 %",
        "     2 – 5 s  █████████████▍ 25 %",
    ]
    assert histogram([shown("duel")]) == []
    assert len(histogram([shown("a", 0.5), shown("b", 700)])) == 22
